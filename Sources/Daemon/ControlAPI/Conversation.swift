import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Follows the requests and answers of one connection: tells `Connections` when the client waits for us, and answers what is
/// not HTTP with a sentence.
final class Conversation: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connections: Connections
    /// Requests that have begun and whose answer is not finished.
    private var pending = 0
    /// Why nothing more is read.
    private var failure: (any Error)?

    init(_ connections: Connections) { self.connections = connections }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind a head that was none belongs to no request.
        guard failure == nil else { return }
        switch unwrapInboundIn(data) {
        case .head: pending += 1
        case .body: break
        case .end: connections.beginAnswer(to: context.channel)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status == .badRequest && head.headerFields[.contentType] == nil:
            // What the server says itself of a request that ends in nonsense, without a word.
            let parts = Answer.malformed(failure).parts
            for part in parts.dropLast() { context.write(wrapOutboundOut(part), promise: nil) }
            promise?.succeed()
            return
        case .head(let head): if head == EventStream.head { connections.beginStream(to: context.channel) }
        case .end:
            pending -= 1
            connections.endAnswer(to: context.channel)
        default: break
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Not what a client sent, but what became of the connection.
        if error is IOError || error is ChannelError { return context.fireErrorCaught(error) }
        failure = failure ?? error
        // Answers that are on their way come first; who waits for them will find it.
        guard pending == 0 else { return context.fireErrorCaught(error) }
        for part in Answer.malformed(error).parts { context.write(wrapOutboundOut(part), promise: nil) }
        context.flush()
        context.close(promise: nil)
    }
}
