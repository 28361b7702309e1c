// One timed fit by Armadillo's gmm_full: points, start and sizes from a file of doubles, milliseconds per iteration out.
#include <armadillo>
#include <chrono>
#include <cstdio>

int main(int argc, char** argv) {
  FILE* file = std::fopen(argv[1], "rb");
  double sizes[4];
  if (!file || std::fread(sizes, 8, 4, file) != 4) return 1;
  const arma::uword n = sizes[0], m = sizes[1], k = sizes[2], iterations = sizes[3];
  arma::mat points(m, n), means(m, k);
  arma::cube covariances(m, m, k);
  if (std::fread(points.memptr(), 8, n * m, file) != n * m || std::fread(means.memptr(), 8, m * k, file) != m * k ||
      std::fread(covariances.memptr(), 8, m * m * k, file) != m * m * k)
    return 1;
  arma::gmm_full model;
  model.set_params(means, covariances, arma::rowvec(k, arma::fill::value(1.0 / k)));
  const auto start = std::chrono::steady_clock::now();
  model.learn(points, k, arma::eucl_dist, arma::keep_existing, 0, iterations, 1e-10, false);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  std::printf("%.6f\n", taken.count() / iterations);
}
