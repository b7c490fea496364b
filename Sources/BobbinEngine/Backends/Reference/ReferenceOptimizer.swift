extension OptimizerUpdate {
  /// One update of one parameter in `Double`, as the formulas above `OptimizerUpdate` say.
  package func apply(
    gradient: [Double], to parameter: inout [Double], firstMoment: inout [Double], secondMoment: inout [Double]
  ) {
    for index in parameter.indices {
      let g = gradient[index] + Double(coupledDecay) * parameter[index]
      let p = Double(retained) * parameter[index]
      var m = firstMoment[index]
      var v = secondMoment[index]
      var move: Double
      switch rule {
      case .adam:
        m = Double(momentum) * m + Double(share) * g
        v = Double(squareDecay) * v + Double(squareShare) * g * g
        move = m / (v.squareRoot() * Double(rootScale) + Double(epsilon))
      case .momentum:
        m = Double(momentum) * m + g
        move = m
      case .rootMeanSquare:
        v = Double(squareDecay) * v + Double(squareShare) * g * g
        m = Double(momentum) * m + g / (v.squareRoot() + Double(epsilon))
        move = m
      }
      parameter[index] = p - Double(rate) * move
      firstMoment[index] = m
      secondMoment[index] = v
    }
  }
}
