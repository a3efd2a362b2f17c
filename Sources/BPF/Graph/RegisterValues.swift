/// The values of A, X and the scratch words at one point of a program.
struct RegisterValues {
    private var words: [18 of ValueID]

    /// The values at the start of a program: A and X are 0. Scratch memory is 0 in the dialect of libpcap. In Linux
    /// it is undefined, and the verifier rejects programs that read it.
    init(atStart values: inout Values) {
        let zero = values.constant(0)
        words = [18 of ValueID](repeating: values.dialect == .libpcap ? zero : values.unique())
        a = zero
        x = zero
    }

    subscript(index: Int) -> ValueID {
        get { words[index] }
        set { words[index] = newValue }
    }

    var a: ValueID {
        get { words[Locations.indexOfA] }
        set { words[Locations.indexOfA] = newValue }
    }

    var x: ValueID {
        get { words[Locations.indexOfX] }
        set { words[Locations.indexOfX] = newValue }
    }

    /// Whether both have the same values in these locations.
    func agree(with other: RegisterValues, on locations: Locations) -> Bool {
        for index in 0..<Locations.count where locations.contains(index: index) && self[index] != other[index] {
            return false
        }
        return true
    }

    /// The values where two paths meet: those common to both paths, and a unique new value for each location that
    /// differs.
    func meeting(_ other: RegisterValues, _ values: inout Values) -> RegisterValues {
        var result = self
        for index in 0..<Locations.count where self[index] != other[index] { result[index] = values.unique() }
        return result
    }

    func value(of operand: Operand, _ values: inout Values) -> ValueID {
        switch operand {
        case .k(let k): values.constant(k)
        case .x: x
        }
    }

    /// The value that an operation writes and its location; nil if the operation computes nothing.
    func result(of operation: Operation, _ values: inout Values) -> (location: Int, value: ValueID)? {
        let a = Locations.indexOfA
        switch operation {
        case .loadConstant(let register, let k): return (register.index, values.constant(k))
        case .loadLength(let register): return (register.index, values.number(of: .length))
        case .loadScratch(let register, let k): return (register.index, self[Int(k)])
        case .loadPacket(let size, let k): return (a, values.number(of: .load(size, at: k)))
        case .loadPacketIndexed(let size, let k): return (a, values.indexedLoad(size, x, k))
        case .loadHeaderLength(let k): return (Locations.indexOfX, values.number(of: .headerLength(k)))
        case .loadExtension(.xorX, _) where values.dialect == .linux:
            return (a, values.arithmetic(.xor, self.a, x))
        case .loadExtension(.random, _), .loadExtension(.nla, _), .loadExtension(.nlan, _):
            return (a, values.unique())
        case .loadExtension(let name, _): return (a, values.number(of: .extension(name)))
        case .lookUp(let family, let list, let k, let fromX):
            let offset = values.constant(k)
            let place = fromX ? values.arithmetic(.add, x, offset) : offset
            return (a, values.number(of: .listed(Int(list), family, at: place)))
        case .store(let register, let k): return (Int(k), self[register.index])
        case .arithmetic(let name, let operand):
            return (a, values.arithmetic(name, self.a, value(of: operand, &values)))
        case .negate: return (a, values.negate(self.a))
        case .transfer(let register): return (register.index, register == .a ? x : self.a)
        case .jump, .branch, .returnConstant, .returnAccumulator, .unknown: return nil
        }
    }

    /// Executes an operation symbolically.
    mutating func execute(_ operation: Operation, _ values: inout Values) {
        if let (location, value) = result(of: operation, &values) { self[location] = value }
    }
}
