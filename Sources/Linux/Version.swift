/// The release, as shown by `--version`, the package and pcapng files. It stands here because every module above
/// needs it.
package enum Version {
    package static let text = "0.2.0"
}
