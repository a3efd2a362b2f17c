import Capture
import Control
import FoundationEssentials
import Ledger
import Linux
import Segments

/// A job for the disk helper.
enum DiskWork: Codable, Sendable {
    /// Check that the helper responds. Answered at once, whatever the disks do.
    case ping
    /// Set the configured captures, and the bytes that a repair leaves free, for later adoptions. Has no answer.
    case configuration(captures: [String], freeSpace: Int64)
    /// Create a missing directory, for `owner` if there is one.
    case make(directory: String, owner: User?)
    /// Adopt the directory of a capture. See `Adoption`.
    case adopt(capture: String, directory: String)
    /// List a capture's segments in a directory, and change nothing.
    case survey(capture: String, directory: String, configured: [String])
    /// Remove a file from a directory.
    case remove(file: String, directory: String)
    /// Ask for the free space of a directory's file system.
    case freeSpace(directory: String)
    /// Append to the ledger of a capture.
    case appendToLedger(LedgerEntry)
    /// Read the ledger of a capture, beginning at `from`.
    case readLedger(capture: String, folder: String, from: Timestamp?)

    /// The directory of the job.
    var directory: String {
        switch self {
        case .ping, .configuration: ""
        case .make(let directory, _), .adopt(_, let directory), .survey(_, let directory, _),
            .remove(_, let directory), .freeSpace(let directory), .readLedger(_, let directory, _):
            directory
        case .appendToLedger(let entry): entry.folder
        }
    }

    /// Identifies work that need not run twice at once: equal for equal work, nil for all other work.
    var key: String? {
        switch self {
        case .adopt(let capture, let directory): "adopt \(capture) \(directory)"
        case .freeSpace(let directory): "free \(directory)"
        case .ping, .configuration, .make, .survey, .remove, .appendToLedger, .readLedger: nil
        }
    }
}

/// The answer to a job.
enum DiskOutcome: Codable, Sendable {
    /// The job continues: the disk answers.
    case working
    /// The job is done and has no result.
    case done
    case adopted(Adoption)
    /// Whether the file existed.
    case removed(Bool)
    /// Free bytes.
    case free(Int64)
    /// The history found in a ledger, if it had to be opened.
    case ledger(LedgerHistory?)
    case ledgerRefused(LedgerError)
    case ledgerRead(LedgerReader)
    /// The job failed.
    case failed(SystemError)
}

/// A job or its answer, with the number of the job.
struct DiskMessage<Content: Codable & Sendable>: Codable, Sendable {
    var number: UInt64
    var content: Content

    /// The message as one line of JSON.
    var line: [UInt8] {
        get throws { try Array(JSONEncoder().encode(self)) + [UInt8(ascii: "\n")] }
    }

    init(number: UInt64, content: Content) { (self.number, self.content) = (number, content) }

    init(line: some Sequence<UInt8>) throws { self = try JSONDecoder().decode(Self.self, from: Data(line)) }
}

/// Splits received bytes into lines.
struct LineBuffer: Sendable {
    private var rest: [UInt8] = []

    /// Appends received bytes; returns the lines that they complete.
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
