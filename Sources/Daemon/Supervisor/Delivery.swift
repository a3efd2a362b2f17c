import Synchronization

/// A value with one owner, on its way to the supervisor in an event, which can be copied. The first that takes it has it.
final class Delivery<Value: ~Copyable & Sendable>: Sendable {
    private let content: Mutex<Value?>

    init(_ value: consuming sending Value) { content = Mutex(consume value) }

    func take() -> Value? {
        content.withLock { content in
            var taken: Value? = nil
            swap(&taken, &content)
            return taken
        }
    }
}
