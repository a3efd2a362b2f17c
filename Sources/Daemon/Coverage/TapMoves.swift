import Capture
import Control
import Linux
import Rules

/// The captures that a reload moves between two existing taps, which do not switch at one moment.
struct TapMoves {
    /// A capture on an interface, and the worker that serves it there.
    private struct Place: Hashable {
        let capture, interface: String
        let worker: Int
    }

    /// Time at which the reload began to change taps.
    let began = Timestamp.now
    private let taps: Set<Int>
    private let places: [Place: Int]

    /// Records the state before the reload.
    init(from taps: [RunningTap]) {
        self.taps = Set(taps.map(\.index))
        places = TapMoves.places(taps)
    }

    /// The captures that moved, after the reload. A capture that moved to a new tap is not among them: that tap was
    /// open before the old one ended, so no packet is missing.
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
