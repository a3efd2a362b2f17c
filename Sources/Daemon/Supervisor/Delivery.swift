import Synchronization

/// A noncopyable value in an event, which can be copied. The first `take` gets the value.
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
