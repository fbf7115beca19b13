import Foundation

let sides = 4
typealias Side = Double

protocol Area {
    var name: String { get }
    func area() -> Side
}

enum Colour: String { case red, green }

struct Square<T: Numeric>: Area {
    let name = "square"
    var side: Side

    init(side: Side) { self.side = side }

    func area() -> Side {
        func squared(_ value: Side) -> Side { value * value }
        return squared(side)
    }
}

extension Square {
    static func unit() -> Square { Square(side: 1) }
}

final class Registry {
    static let all: [any Area] = []
    deinit { print("gone") }
}

@MainActor func main() async throws { print(Square<Int>.unit().area()) }
