import CLinux
import Glibc
import SystemPackage

/// A change that the kernel reports about interfaces.
package enum LinkChange: Equatable, Sendable {
    /// The interface exists: it is new, changed, or part of an answer.
    case present(Interface)
    /// The interface with this index was removed.
    case removed(Int32)
    /// Every interface that `requestAll` asked for has been reported.
    case complete
    /// Changes were missed: they came faster than they were read, or during an answer. Call `requestAll` again.
    case missed
}

/// A netlink socket that reports new, changed and removed interfaces. See rtnetlink(7), RTMGRP_LINK.
package struct LinkSocket: ~Copyable, Sendable {
    private let descriptor: Descriptor
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Sequence number of the last request.
    private var request: UInt32 = 0
    /// Set while an answer arrives.
    private var answering: Answers?

    private enum Answers {
        /// The answer is consistent so far.
        case whole
        /// An interface changed during the answer.
        case interrupted
    }

    package init() throws(SystemError) {
        let number = try systemCall("open", "a netlink socket") {
            socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), NETLINK_ROUTE)
        }
        let opened = Descriptor(owning: number)
        var address = sockaddr_nl()
        address.nl_family = sa_family_t(AF_NETLINK)
        address.nl_groups = UInt32(RTMGRP_LINK)
        try systemCall("subscribe to", "link changes") {
            unsafe withUnsafePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
        descriptor = opened
    }

    /// The descriptor for `poll`.
    package var number: CInt { descriptor.number }

    /// Requests every interface. `receive` returns them, followed by `.complete`. One request at a time: a request
    /// during an answer makes that answer end with `.missed`.
    package mutating func requestAll() throws(SystemError) {
        struct Request {
            var header = nlmsghdr()
            var body = ifinfomsg()
        }
        guard answering == nil else {
            answering = .interrupted
            return
        }
        request &+= 1
        var message = Request()
        message.header.nlmsg_len = UInt32(MemoryLayout<Request>.size)
        message.header.nlmsg_type = UInt16(RTM_GETLINK)
        message.header.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_DUMP)
        message.header.nlmsg_seq = request
        try systemCall("request", "the list of network interfaces") {
            unsafe send(descriptor.number, &message, MemoryLayout<Request>.size, 0)
        }
        answering = .whole
    }

    /// Waits for the next messages and returns their changes.
    package mutating func receive() throws(SystemError) -> [LinkChange] {
        let number = descriptor.number
        let count: Int
        do {
            count = try systemCall { unsafe recv(number, &buffer, buffer.count, 0) }
        } catch .noBufferSpace {
            if answering != nil { answering = .interrupted }
            return [.missed]
        } catch {
            throw SystemError("read", "link changes", error)
        }
        let messages = buffer[..<count]
        return unsafe parse(messages.span.bytes)
    }

    /// Parses messages, which begin at multiples of 4 bytes: a header (length, type), then an ifinfomsg and
    /// attributes.
    private mutating func parse(_ messages: RawSpan) -> [LinkChange] {
        var changes: [LinkChange] = []
        var rest = messages
        while rest.byteCount >= MemoryLayout<nlmsghdr>.size {
            let header = unsafe rest.unsafeLoadUnaligned(as: nlmsghdr.self)
            let length = Int(header.nlmsg_len)
            guard length >= MemoryLayout<nlmsghdr>.size, length <= rest.byteCount else { break }
            let body = rest.extracting(MemoryLayout<nlmsghdr>.size..<length)
            if answering != nil, header.nlmsg_flags & UInt16(NLM_F_DUMP_INTR) != 0 { answering = .interrupted }
            switch Int32(header.nlmsg_type) {
            case NLMSG_DONE, NLMSG_ERROR:
                guard header.nlmsg_seq == request, let answers = answering.take() else { break }
                let isWhole = answers == .whole && Int32(header.nlmsg_type) == NLMSG_DONE
                changes.append(isWhole ? .complete : .missed)
            case Int32(RTM_NEWLINK): interface(body).map { changes.append(.present($0)) }
            case Int32(RTM_DELLINK): interface(body).map { changes.append(.removed($0.index)) }
            default: break
            }
            rest = rest.extracting(droppingFirst: min((length + 3) & ~3, rest.byteCount))
        }
        return changes
    }

    private func interface(_ body: RawSpan) -> Interface? {
        let size = MemoryLayout<ifinfomsg>.size
        guard body.byteCount >= size else { return nil }
        let link = unsafe body.unsafeLoadUnaligned(as: ifinfomsg.self)
        var (name, alias): (String?, String?)
        var alternatives: [String] = []
        let isWhole = LinkSocket.forEachAttribute(of: body.extracting(droppingFirst: size)) { type, value in
            switch type {
            case UInt16(IFLA_IFNAME): name = InterfaceName.text(of: LinkSocket.bytes(value))
            case UInt16(IFLA_IFALIAS): alias = String(decoding: LinkSocket.bytes(value), as: UTF8.self)
            case UInt16(IFLA_PROP_LIST):
                LinkSocket.forEachAttribute(of: value) { type, value in
                    guard type == UInt16(IFLA_ALT_IFNAME) else { return }
                    alternatives.append(InterfaceName.text(of: LinkSocket.bytes(value)))
                }
            default: break
            }
        }
        guard isWhole, let name else { return nil }
        let isUp = link.ifi_flags & UInt32(IFF_UP.rawValue) != 0
        var interface = Interface(
            index: link.ifi_index, name: name, hardwareType: link.ifi_type, isUp: isUp, alias: alias)
        interface.alternativeNames = alternatives
        return interface
    }

    /// Calls `use` with the type and the value of each attribute. An attribute has a length and a type of 16 bits
    /// each, the value, and padding to a multiple of 4 bytes. Returns false if the attributes are malformed.
    @discardableResult
    private static func forEachAttribute(of bytes: RawSpan, _ use: (UInt16, RawSpan) -> Void) -> Bool {
        var rest = bytes
        while rest.byteCount >= 4 {
            let length = Int(unsafe rest.unsafeLoadUnaligned(as: UInt16.self))
            let type = unsafe rest.unsafeLoadUnaligned(fromByteOffset: 2, as: UInt16.self)
            guard length >= 4, length <= rest.byteCount else { return false }
            // The two highest bits describe the encoding of the value.
            use(type & 0x3fff, rest.extracting(4..<length))
            rest = rest.extracting(droppingFirst: min((length + 3) & ~3, rest.byteCount))
        }
        return true
    }

    /// The bytes before the first zero.
    private static func bytes(_ value: RawSpan) -> [UInt8] {
        (0..<value.byteCount).map { unsafe value.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }.prefix { $0 != 0 }
            .map { $0 }
    }
}
