// Rules: what a capture is asked to do, as values.
//
//     TapRule        one tap: its captures, its ring and the kernel program that is made for it
//     CapturePlan    which packets one capture wants on one interface
//     CaptureRule    how that capture stores them: format, rotation, retention, flush
//
// Settings makes these values from a configuration, and the data plane (Capture) works by them. They stand in a module
// below both, so that tools which check a configuration or try a filter do not contain the data plane.
