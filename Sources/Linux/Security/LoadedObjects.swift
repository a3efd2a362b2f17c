import CLinux

/// The loader and the shared libraries of this process.
enum LoadedObjects {
    /// Their paths. See dl_iterate_phdr(3).
    static var paths: [String] {
        var paths: [String] = []
        unsafe withUnsafeMutablePointer(to: &paths) { found in
            unsafe holdfast_loaded_objects(
                { path, context in
                    unsafe context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: path))
                }, found)
        }
        return paths
    }
}
