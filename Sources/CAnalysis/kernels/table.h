// All kernels of one instruction set, and their table. The file that includes this has defined NAMESPACE, TABLE, NAME, WIDTH and
// REGISTERS.
namespace NAMESPACE {
namespace {
#include "../../CKernels/kernels/vector.h"
#include "products.h"
#include "distances.h"
#include "fourier.h"
#include "pairs.h"
#include "descent.h"
#include "mesh.h"
}  // namespace
}  // namespace NAMESPACE

extern const bobbin_analysis_kernels TABLE;
const bobbin_analysis_kernels TABLE = {
    .name = NAME,
    .width = WIDTH,
    .products = NAMESPACE::products,
    .pack = NAMESPACE::pack,
    .nearest = NAMESPACE::nearest,
    .distances = NAMESPACE::distances,
    .descend = NAMESPACE::descend,
    .logarithms = NAMESPACE::logarithms,
    .all_pairs = NAMESPACE::all_pairs,
    .spread = NAMESPACE::spread,
    .transform_columns = NAMESPACE::transform_columns,
    .convolve_rows = NAMESPACE::convolve_rows,
    .restore_columns = NAMESPACE::restore_columns,
    .respond_rows = NAMESPACE::respond_rows,
    .collect = NAMESPACE::collect,
};
