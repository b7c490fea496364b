import BobbinFiles

/// One decoded image: grey or RGB, channel after channel.
package struct Raster: Sendable {
  let size: ImageSize
  package let channels: Int
  /// - Shape: `[channels, height, width]`
  package let planes: [UInt8]

  package var height: Int { size.height }
  package var width: Int { size.width }

  init(size: ImageSize, channels: Int, planes: [UInt8]) {
    (self.size, self.channels, self.planes) = (size, channels, planes)
  }

  /// - Parameter interleaved: the channels of a pixel, then those of the next.
  init(size: ImageSize, channels: Int, interleaved: [UInt8]) {
    let area = size.height * size.width
    let planes = [UInt8](unsafeUninitializedCapacity: area * channels) { planes, count in
      for channel in 0..<channels {
        for pixel in 0..<area { planes[channel * area + pixel] = interleaved[pixel * channels + channel] }
      }
      count = area * channels
    }
    self.init(size: size, channels: channels, planes: planes)
  }

  /// Grey is the luma of Rec. 601, as in Pillow; a grey image in RGB has three equal channels.
  func converted(to wanted: ImageChannels) -> Raster {
    switch (wanted, channels) {
    case (.rgb, 1): return Raster(size: size, channels: 3, planes: planes + planes + planes)
    case (.grey, 3):
      let area = height * width
      let grey = (0..<area).map { pixel in
        let (red, green, blue) = (Int(planes[pixel]), Int(planes[area + pixel]), Int(planes[2 * area + pixel]))
        return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
      }
      return Raster(size: size, channels: 1, planes: grey)
    default: return self
    }
  }

  /// The image in another size, stretched, cut or with black bars.
  func fitted(to target: ImageSize, _ fit: ImageFit) -> Raster {
    switch fit {
    case .resize: return resized(to: target)
    case .crop, .pad:
      let (down, across) = (Double(target.height) / Double(height), Double(target.width) / Double(width))
      let factor = fit == .crop ? max(down, across) : min(down, across)
      func scaled(_ side: Int) -> Int { max(1, Int((Double(side) * factor).rounded())) }
      return resized(to: ImageSize(height: scaled(height), width: scaled(width))).centred(in: target)
    }
  }

  private func resized(to target: ImageSize) -> Raster {
    guard target != size else { return self }
    let count = channels * target.height * target.width
    let result = [UInt8](unsafeUninitializedCapacity: count) { result, initializedCount in
      planes.withUnsafeBufferPointer {
        Resampler(from: size, to: target).resample($0, planes: channels, into: result)
      }
      initializedCount = count
    }
    return Raster(size: target, channels: channels, planes: result)
  }

  /// What is larger is cut off evenly, what is missing is black.
  private func centred(in target: ImageSize) -> Raster {
    guard target != size else { return self }
    let (top, left) = ((height - target.height) / 2, (width - target.width) / 2)
    var result = [UInt8](repeating: 0, count: channels * target.height * target.width)
    for channel in 0..<channels {
      for row in max(0, -top)..<min(target.height, height - top) {
        for column in max(0, -left)..<min(target.width, width - left) {
          result[(channel * target.height + row) * target.width + column] =
            planes[(channel * height + row + top) * width + column + left]
        }
      }
    }
    return Raster(size: target, channels: channels, planes: result)
  }

  /// The image as a camera held so meant it to be seen.
  ///
  /// - Parameter orientation: 1 is upright.
  /// - Source: CIPA DC-008 (Exif 2.32), section 4.6.4 A, tag 0x0112.
  func oriented(_ orientation: Int) -> Raster {
    guard 2...8 ~= orientation else { return self }
    let isTurned = orientation >= 5
    let target = isTurned ? ImageSize(height: width, width: height) : size
    var result: [UInt8] = []
    result.reserveCapacity(planes.count)
    for channel in 0..<channels {
      for row in 0..<target.height {
        for column in 0..<target.width {
          var (y, x) = isTurned ? (column, row) : (row, column)
          if [3, 4, 6, 7].contains(orientation) { y = height - 1 - y }
          if [2, 3, 7, 8].contains(orientation) { x = width - 1 - x }
          result.append(planes[(channel * height + y) * width + x])
        }
      }
    }
    return Raster(size: target, channels: channels, planes: result)
  }
}

/// Whether images are grey or coloured.
public enum ImageChannels: String, CaseIterable, Sendable {
  case grey, rgb

  var count: Int { self == .grey ? 1 : 3 }
}

/// How an image of another shape comes to its size.
public enum ImageFit: String, CaseIterable, Sendable {
  /// Stretched.
  case resize
  /// As large as covers the size, and what stands over is cut off evenly.
  case crop
  /// As large as fits into the size, between black bars.
  case pad
}
