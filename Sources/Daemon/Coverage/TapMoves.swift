import Capture
import Control
import Linux

/// Which captures a reload moves from one tap to another that was open before: the two do not change at one moment.
struct TapMoves {
    /// A capture on an interface, and by which of the workers there.
    private struct Place: Hashable {
        let capture, interface: String
        let worker: Int
    }

    /// When the reload began to change taps.
    let began = Moment.now
    private let taps: Set<Int>
    private let places: [Place: Int]

    /// How it is before the reload.
    init(from taps: [RunningTap]) {
        self.taps = Set(taps.map(\.index))
        places = TapMoves.places(taps)
    }

    /// What has moved, now that the reload is in force. A tap that is new was open before the old one ended: nothing is missing
    /// between those.
    func moved(to taps: [RunningTap]) -> Set<CaptureSource> {
        let now = TapMoves.places(taps)
        return Set(
            now.compactMap { place, tap in
                guard let before = places[place], before != tap, self.taps.contains(tap) else { return nil }
                return CaptureSource(capture: place.capture, interface: place.interface)
            })
    }

    private static func places(_ taps: [RunningTap]) -> [Place: Int] {
        var places: [Place: Int] = [:]
        for tap in taps {
            for capture in tap.rule.captures {
                let place = Place(
                    capture: capture.rule.name, interface: tap.rule.interface.name, worker: tap.rule.worker)
                places[place] = tap.index
            }
        }
        return places
    }
}
