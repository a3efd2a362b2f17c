import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Follows the requests and answers of a connection. Reports to `Connections` when the client waits for an answer, and
/// answers malformed requests with a message.
final class Conversation: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let connections: Connections
    /// Requests that have begun and are not fully answered.
    private var pending = 0
    /// The error after which the connection is not read.
    private var failure: (any Error)?

    init(_ connections: Connections) { self.connections = connections }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // The bytes behind a malformed header belong to no request.
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
            // The server's own answer to a request that ends malformed, which has no body.
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
        // These are failures of the connection, not malformed requests.
        if error is IOError || error is ChannelError { return context.fireErrorCaught(error) }
        failure = failure ?? error
        // Outstanding answers come first; the failure is handled after them.
        guard pending == 0 else { return context.fireErrorCaught(error) }
        for part in Answer.malformed(error).parts { context.write(wrapOutboundOut(part), promise: nil) }
        context.flush()
        context.close(promise: nil)
    }
}
