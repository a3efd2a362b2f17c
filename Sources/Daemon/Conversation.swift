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

    init(_ connections: Connections) { self.connections = connections }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: pending += 1
        case .body: break
        case .end: connections.beginAnswer(to: context.channel)
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head): if head == EventStream.head { connections.beginStream(to: context.channel) }
        case .body: break
        case .end:
            pending -= 1
            connections.endAnswer(to: context.channel)
        }
        context.write(data, promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Answers that are on their way come first; who waits for them will find it.
        guard let error = error as? HTTPParserError, pending == 0 else { return context.fireErrorCaught(error) }
        for part in Answer.refusal(.badRequest, "this is not an HTTP/1.1 request: \(error)").parts {
            context.write(wrapOutboundOut(part), promise: nil)
        }
        context.flush()
        context.close(promise: nil)
    }
}
