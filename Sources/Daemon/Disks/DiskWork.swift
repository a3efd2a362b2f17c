import Capture
import Control
import FoundationEssentials
import Ledger
import Linux

/// What the daemon asks of the helper process that touches directories for it.
enum DiskWork: Codable, Sendable {
    /// Whether it listens: answered at once, whatever the disks do.
    case ping
    /// Which captures there are, and how many bytes a repair leaves free: for the adoptions behind it. No answer comes.
    case configuration(captures: [String], freeSpace: Int64)
    /// Makes a directory that is missing, for a user if one is named.
    case make(directory: String, owner: User?)
    /// Finds what is in the directory of a capture. See `Adoption`.
    case adopt(capture: String, directory: String)
    /// Removes a file of a directory.
    case remove(file: String, directory: String)
    /// Asks how much of a directory's file system is free.
    case freeSpace(directory: String)
    /// Appends to the ledger of a capture.
    case appendToLedger(LedgerEntry)
    /// Reads it, from a time on.
    case readLedger(capture: String, folder: String, from: Moment?)

    /// Where it works.
    var directory: String {
        switch self {
        case .ping, .configuration: ""
        case .make(let directory, _), .adopt(_, let directory), .remove(_, let directory), .freeSpace(let directory),
            .readLedger(_, let directory, _):
            directory
        case .appendToLedger(let entry): entry.folder
        }
    }

    /// Of work that, given again before it has a result, need not be done twice: the same for the same work.
    var key: String? {
        switch self {
        case .adopt(let capture, let directory): "adopt \(capture) \(directory)"
        case .freeSpace(let directory): "free \(directory)"
        case .ping, .configuration, .make, .remove, .appendToLedger, .readLedger: nil
        }
    }
}

/// What becomes of it.
enum DiskOutcome: Codable, Sendable {
    /// It goes on: the disk answers.
    case working
    /// It is done, and there is nothing to tell.
    case done
    case adopted(Adoption)
    /// Whether a file was there to be removed.
    case removed(Bool)
    /// Bytes.
    case free(Int64)
    /// What was found in a ledger, if it had to be opened.
    case ledger(LedgerHistory?)
    case ledgerRefused(LedgerError)
    case ledgerRead(LedgerReader)
    /// It cannot be.
    case failed(SystemError)
}

/// An order to the helper, or its answer, by the order's number.
struct DiskMessage<Content: Codable & Sendable>: Codable, Sendable {
    var number: UInt64
    var content: Content

    /// As one line of JSON.
    var line: [UInt8] {
        get throws { try Array(JSONEncoder().encode(self)) + [UInt8(ascii: "\n")] }
    }

    init(number: UInt64, content: Content) { (self.number, self.content) = (number, content) }

    init(line: some Sequence<UInt8>) throws { self = try JSONDecoder().decode(Self.self, from: Data(line)) }
}

/// Bytes that come in pieces, taken apart into lines.
struct LineBuffer: Sendable {
    private var rest: [UInt8] = []

    /// Takes a piece; returns the lines that end in it.
    mutating func append(_ piece: [UInt8]) -> [ArraySlice<UInt8>] {
        guard let end = piece.lastIndex(of: UInt8(ascii: "\n")) else {
            rest += piece
            return []
        }
        let whole = rest + piece[..<end]
        rest = Array(piece[(end + 1)...])
        return whole.split(separator: UInt8(ascii: "\n"))
    }
}
