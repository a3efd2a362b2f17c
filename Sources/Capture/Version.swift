/// The release, as shown by `--version`, the package and pcapng files.
public enum Version {
    public static let text = "0.1.0"
}
