/// The release: what `--version`, the package and pcapng files say.
public enum Version {
    public static let text = "0.1.0"
}
