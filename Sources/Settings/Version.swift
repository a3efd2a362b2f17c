/// The release: what `--version` and the package say.
public enum Version {
    public static let text = "0.1.0"
}
