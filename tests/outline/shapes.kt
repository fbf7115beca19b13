package shapes

import kotlin.math.sqrt

const val SIDES = 4
typealias Side = Double

interface Area {
    fun area(): Side
}

enum class Colour { RED, GREEN }

data class Square<T : Number>(val side: T) : Area {
    val name = "square"

    override fun area(): Side {
        fun squared(value: Double) = value * value
        return squared(side.toDouble())
    }

    companion object {
        fun unit() = Square(1)
    }
}

object Registry {
    val all = mutableListOf<Area>()
}

fun Area.double(): Side = area() * 2
suspend fun main() = println(Registry.all.sumOf { it.double() } + sqrt(2.0))
