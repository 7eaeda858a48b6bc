/// What single devices need and others do not, each with its reason.
extension OpenCLDevice {
    /// Whether the host must write a buffer as a whole.
    ///
    /// Oclgrind 21.10 notes for each buffer which bytes are initialised. At every write of the host it begins those notes anew and makes
    /// them as long as the write instead of as long as the buffer (`Uninitialized::hostMemoryStore`); what lies behind counts as
    /// uninitialised for ever. So a part is written by reading the buffer, changing the part and writing everything.
    var takesWholeWritesOnly: Bool { isOclgrind }

    /// Whether a buffer must not be released while the process lives.
    ///
    /// Oclgrind 21.10 gives a released buffer's number to the next one and leaves it the notes about initialised bytes, with their
    /// length. A kernel's writes behind that length are not noted, and reading them back is reported.
    var keepsBuffers: Bool { isOclgrind }

    /// Work-items of the largest group that is worth launching.
    ///
    /// Oclgrind interprets every work-item, and its cases are small: most of 256 would only find that there is nothing to do.
    var largestUsefulGroup: Int { isOclgrind ? min(64, maximumGroupSize) : maximumGroupSize }

    /// Whether the device is a simulator, for which speed means nothing.
    var isSimulated: Bool { isOclgrind }

    private var isOclgrind: Bool { platform == "Oclgrind" }
}
