import BobbinFiles
import CCurl

/// Fetches a file over HTTP, HTTPS or from a file:// address into memory.
///
/// Nothing that takes longer than `patience` seconds to begin, or stands still for as long, is waited for.
public enum Download {
  /// Why nothing was fetched: libcurl's own words.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public let address: String
    public let reason: String
    public var description: String { "\(address): \(reason)" }
  }

  /// - Parameters:
  ///   - largest: more bytes than this are refused.
  ///   - progress: told how many bytes there are so far, and how many are to come in all if the server says so.
  public static func bytes(
    from address: String, largest: Int, patience seconds: Int = 30,
    progress: @escaping (Int, Int?) -> Void = { _, _ in }
  ) throws(Failure) -> [UInt8] {
    guard let handle = curl_easy_init() else { throw Failure(address: address, reason: "libcurl cannot be started") }
    defer { curl_easy_cleanup(handle) }
    let receiver = Receiver(handle, largest: largest, progress: progress)
    let code = withExtendedLifetime(receiver) {
      bobbin_curl_string(handle, CURLOPT_URL, address)
      bobbin_curl_string(handle, CURLOPT_PROTOCOLS_STR, "http,https,file")
      bobbin_curl_number(handle, CURLOPT_FOLLOWLOCATION, 1)
      bobbin_curl_number(handle, CURLOPT_FAILONERROR, 1)
      bobbin_curl_number(handle, CURLOPT_NOSIGNAL, 1)
      bobbin_curl_number(handle, CURLOPT_CONNECTTIMEOUT, seconds)
      bobbin_curl_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
      bobbin_curl_number(handle, CURLOPT_LOW_SPEED_TIME, seconds)
      bobbin_curl_receiver(
        handle,
        { bytes, size, count, context in
          guard let bytes, let context else { return 0 }
          let receiver = Unmanaged<Receiver>.fromOpaque(context).takeUnretainedValue()
          return receiver.take(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }, Unmanaged.passUnretained(receiver).toOpaque())
      return curl_easy_perform(handle)
    }
    guard !receiver.isTooLarge else {
      throw Failure(address: address, reason: "sends more than the \(largest) bytes that the file can have")
    }
    guard code == CURLE_OK else { throw Failure(address: address, reason: String(cString: curl_easy_strerror(code))) }
    return receiver.bytes
  }

  /// Gathers what arrives; only used by the thread that downloads.
  private final class Receiver {
    private let handle: UnsafeMutableRawPointer
    private let largest: Int
    private let progress: (Int, Int?) -> Void
    private(set) var bytes: [UInt8] = []
    private(set) var isTooLarge = false

    init(_ handle: UnsafeMutableRawPointer, largest: Int, progress: @escaping (Int, Int?) -> Void) {
      (self.handle, self.largest, self.progress) = (handle, largest, progress)
    }

    /// - Returns: false to end the download.
    func take(_ piece: UnsafeRawBufferPointer) -> Bool {
      guard bytes.count + piece.count <= largest else {
        isTooLarge = true
        return false
      }
      bytes.append(contentsOf: piece)
      let length = bobbin_curl_length(handle)
      progress(bytes.count, length > 0 ? length : nil)
      return true
    }
  }
}
