// A fixture.
#define SIDES 4
namespace shapes {
class Square : public Shape {
 public:
  explicit Square(double side) : side_(side) {}
  ~Square() {}
  double area() const override { return side_ * side_; }
  bool operator==(const Square& other) const { return true; }
  const double& side() const { return side_; }
 private:
  double side_;
};
struct Pair { int one, two; };
enum class Kind { Round, Flat };
using Name = const char*;
template <typename T> T twice(T it) { return it + it; }
}  // namespace shapes
double shapes::Circle::area() const { return 0; }
