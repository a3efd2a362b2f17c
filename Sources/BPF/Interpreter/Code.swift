/// A decoded program: the memory that holds an interpreter's steps and tables. Immutable after initialization.
@usableFromInline @safe struct Code: ~Copyable, @unchecked Sendable {
    /// The first step.
    @usableFromInline let start: UnsafePointer<Step>
    private let steps: UnsafeMutablePointer<Step>
    private let slots: UnsafeMutablePointer<Slot>
    /// The lists whose memory the steps point to.
    private let lists: [AddressTable]

    init(_ unplacedSteps: [UnplacedStep], start: UnplacedStep.Target) {
        let layout = Layout(unplacedSteps, start: start)
        // Every byte of both is initialized below, and both types are trivial: deallocation needs no
        // deinitialization.
        precondition(MemoryLayout<Step>.stride.nonzeroBitCount == 1, "a stride that is no alignment")
        let steps = unsafe UnsafeMutableRawPointer.allocate(
            byteCount: layout.places.count * MemoryLayout<Step>.stride, alignment: MemoryLayout<Step>.stride
        ).bindMemory(to: Step.self, capacity: layout.places.count)
        let slots = UnsafeMutablePointer<Slot>.allocate(
            capacity: layout.places.reduce(0) { $0 + ($1.table?.places.count ?? 0) })

        func address(_ target: UnplacedStep.Target) -> UnsafePointer<Step> {
            guard let number = layout.numbers[target] else { preconditionFailure("a step leads to no other") }
            return unsafe UnsafePointer(steps + number)
        }
        var nextSlot = unsafe slots
        for (number, place) in layout.places.enumerated() {
            // The target of a verdict is never followed and may have no place. It is the step's own address.
            let target = unsafe place.action.kind == .verdict ? UnsafePointer(steps + number) : address(place.target)
            let absent = unsafe place.absent.map { unsafe address($0) } ?? target
            let step = unsafe Step(
                action: place.action, target: target, absent: absent,
                table: place.list?.memory ?? UnsafeRawPointer(nextSlot))
            unsafe (steps + number).initialize(to: step)
            for entry in place.table?.places ?? [] {
                let next = unsafe entry.map { unsafe address($0.target) } ?? target
                unsafe nextSlot.initialize(to: Slot(key: entry?.key ?? 0, isEmpty: entry == nil, next: next))
                unsafe nextSlot += 1
            }
        }
        unsafe self.start = address(start)
        unsafe self.steps = steps
        unsafe self.slots = slots
        lists = layout.places.compactMap(\.list)
    }

    deinit {
        unsafe steps.deallocate()
        unsafe slots.deallocate()
    }
}
