// Times layers in oneDNN on one thread: what the CPU library under PyTorch makes of them at its best.
//
//   onednn_layers < layers
//
// A line in:  NAME KIND BATCH INPUT(C H W) OUTPUT(C H W) KERNEL STRIDE PADDING, with KIND conv2d, convTranspose2d or linear.
// Lines out:  NAME PASS LAYOUT MICROSECONDS, with PASS forward, data or weights, and LAYOUT of the activations: channels-last, or
// blocked, which is the library's own choice. Weights always lie as the library likes them, and nothing is
// converted while time is taken. A pass is repeated for a quarter of a second, and the least time counts.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <dnnl.hpp>
#include <iostream>
#include <sstream>
#include <string>
#include <unordered_map>

using namespace dnnl;
using Arguments = std::unordered_map<int, memory>;
using Tag = memory::format_tag;

namespace {

struct Layer {
  std::string name, kind;
  memory::dim batch, in_channels, in_height, in_width, out_channels, out_height, out_width, kernel, stride, padding;
};

bool read(std::istream &text, Layer &layer) {
  return bool(text >> layer.name >> layer.kind >> layer.batch >> layer.in_channels >> layer.in_height >> layer.in_width >>
              layer.out_channels >> layer.out_height >> layer.out_width >> layer.kernel >> layer.stride >> layer.padding);
}

class Driver {
public:
  void time(const Layer &layer) {
    for (bool blocked : {false, true}) {
      try {
        if (layer.kind == "linear")
          linear(layer, blocked);
        else if (layer.kind == "conv2d")
          convolution<convolution_forward, convolution_backward_data, convolution_backward_weights>(
              layer, blocked, algorithm::convolution_direct, {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel});
        else
          // Of a transposed convolution too, oneDNN names the output channels first.
          convolution<deconvolution_forward, deconvolution_backward_data, deconvolution_backward_weights>(
              layer, blocked, algorithm::deconvolution_direct,
              {layer.out_channels, layer.in_channels, layer.kernel, layer.kernel});
      } catch (const error &problem) {
        std::cerr << layer.name << (blocked ? " blocked: " : " channels-last: ") << problem.what() << "\n";
      }
    }
  }

private:
  engine engine_{engine::kind::cpu, 0};
  stream stream_{engine_};

  memory::desc description(memory::dims dimensions, Tag tag) { return {std::move(dimensions), memory::data_type::f32, tag}; }

  memory filled(const memory::desc &description) {
    memory result(description, engine_);
    auto *values = static_cast<float *>(result.get_data_handle());
    for (size_t i = 0; i < description.get_size() / sizeof(float); i++) values[i] = 0.01f * float(i * 7 % 23) - 0.1f;
    return result;
  }

  void report(const Layer &layer, const char *pass, bool blocked, const primitive &work, const Arguments &arguments) {
    using Clock = std::chrono::steady_clock;
    double least = 1e30;
    const auto begin = Clock::now();
    for (int repetition = 0; repetition < 5 || Clock::now() - begin < std::chrono::milliseconds(250); repetition++) {
      const auto start = Clock::now();
      work.execute(stream_, arguments);
      stream_.wait();
      least = std::min(least, std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
    std::cout << layer.name << ' ' << pass << ' ' << (blocked ? "blocked" : "channels-last") << ' ' << least << std::endl;
  }

  // The arguments of the three passes: source, weights, bias, destination and their gradients.
  template <class Forward, class Data, class Weights>
  void passes(const Layer &layer, bool blocked, const Forward &forward, const Data &data, const Weights &weights) {
    report(layer, "forward", blocked, primitive(forward.get()),
           {{DNNL_ARG_SRC, filled(forward.src_desc())},
            {DNNL_ARG_WEIGHTS, filled(forward.weights_desc())},
            {DNNL_ARG_BIAS, filled(forward.bias_desc())},
            {DNNL_ARG_DST, filled(forward.dst_desc())}});
    report(layer, "data", blocked, primitive(data.get()),
           {{DNNL_ARG_DIFF_DST, filled(data.diff_dst_desc())},
            {DNNL_ARG_WEIGHTS, filled(data.weights_desc())},
            {DNNL_ARG_DIFF_SRC, filled(data.diff_src_desc())}});
    report(layer, "weights", blocked, primitive(weights.get()),
           {{DNNL_ARG_SRC, filled(weights.src_desc())},
            {DNNL_ARG_DIFF_DST, filled(weights.diff_dst_desc())},
            {DNNL_ARG_DIFF_WEIGHTS, filled(weights.diff_weights_desc())},
            {DNNL_ARG_DIFF_BIAS, filled(weights.diff_bias_desc())}});
  }

  template <class Forward, class Data, class Weights>
  void convolution(const Layer &layer, bool blocked, algorithm algorithm, const memory::dims &shape) {
    const Tag tag = blocked ? Tag::any : Tag::nhwc;
    const auto source = description({layer.batch, layer.in_channels, layer.in_height, layer.in_width}, tag);
    const auto result = description({layer.batch, layer.out_channels, layer.out_height, layer.out_width}, tag);
    const auto weights = description(shape, Tag::any);
    const auto bias = description({layer.out_channels}, Tag::a);
    const memory::dims strides{layer.stride, layer.stride}, padding{layer.padding, layer.padding};
    const typename Forward::primitive_desc forward(
        {prop_kind::forward_training, algorithm, source, weights, bias, result, strides, padding, padding}, engine_);
    const typename Data::primitive_desc data(
        {algorithm, source, weights, result, strides, padding, padding}, engine_, forward);
    const typename Weights::primitive_desc gradient(
        {algorithm, source, weights, bias, result, strides, padding, padding}, engine_, forward);
    passes(layer, blocked, forward, data, gradient);
  }

  void linear(const Layer &layer, bool blocked) {
    const Tag tag = blocked ? Tag::any : Tag::nc;
    const auto source = description({layer.batch, layer.in_channels}, tag);
    const auto result = description({layer.batch, layer.out_channels}, tag);
    const auto weights = description({layer.out_channels, layer.in_channels}, Tag::any);
    const auto bias = description({layer.out_channels}, Tag::a);
    const inner_product_forward::primitive_desc forward(
        {prop_kind::forward_training, source, weights, bias, result}, engine_);
    const inner_product_backward_data::primitive_desc data({source, weights, result}, engine_, forward);
    const inner_product_backward_weights::primitive_desc gradient({source, weights, bias, result}, engine_, forward);
    passes(layer, blocked, forward, data, gradient);
  }
};

} // namespace

int main() {
  Driver driver;
  Layer layer;
  while (read(std::cin, layer)) driver.time(layer);
  return EXIT_SUCCESS;
}
