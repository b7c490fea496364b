// How loops are cut into register blocks whose size the compiler knows.

// Calls function(first, size) for blocks of almost the same size, at most `most`.
template <class Function>
INLINE void for_even_blocks(int count, int most, Function function) {
  const int blocks = (count + most - 1) / most;
  for (int block = 0, first = 0; block < blocks; block++) {
    const int size = count / blocks + (block < count % blocks);
    function(first, size);
    first += size;
  }
}

// Calls function(constant) with the constant, from LEAST to MOST, that `number` is: what the compiler must know.
template <int MOST, int LEAST = 1, class Function>
INLINE void with_constant(int number, Function function) {
  if constexpr (LEAST == MOST) {
    function(std::integral_constant<int, MOST>());
  } else {
    constexpr int middle = (LEAST + MOST) / 2;
    if (number > middle) with_constant<MOST, middle + 1>(number, function);
    else with_constant<middle, LEAST>(number, function);
  }
}
