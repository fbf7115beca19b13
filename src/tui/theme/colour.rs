//! Colours as theme files write them, and how far apart two of them look.
use ratatui::style::Color;

/// The terminal's own sixteen, in the order of their numbers.
pub(super) const NAMED: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// What the terminal has where no colour is set.
pub(super) const DEFAULT: &str = "default";

/// `#rrggbb`, `#rgb`, a number up to 255, one of the sixteen names, or `default`.
pub(super) fn parse(text: &str) -> Option<Color> {
    if let Some(digits) = text.strip_prefix('#') {
        return hexadecimal(digits);
    }
    if text == DEFAULT {
        return Some(Color::Reset);
    }
    if let Some((_, colour)) = NAMED.iter().find(|(name, _)| *name == text) {
        return Some(*colour);
    }
    text.parse().ok().map(Color::Indexed)
}

fn hexadecimal(digits: &str) -> Option<Color> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(Color::from_u32(value)),
        3 => {
            let double = |shift: u32| ((value >> shift & 0xf) * 0x11) << (2 * shift);
            Some(Color::from_u32(double(8) | double(4) | double(0)))
        }
        _ => None,
    }
}

/// The number of the colour among the 240 fixed ones of 256 that looks most like it. The first sixteen are the user's to
/// set, so they are like nothing.
pub(super) fn nearest_indexed(red: u8, green: u8, blue: u8) -> u8 {
    let wanted = Oklab::of(red, green, blue);
    let mut best = (16, f64::INFINITY);
    for index in 16..=255 {
        let (red, green, blue) = indexed(index);
        let distance = wanted.distance(Oklab::of(red, green, blue));
        if distance < best.1 {
            best = (index, distance);
        }
    }
    best.0
}

/// As [`nearest_indexed`], by numbers alone and at once: the nearest of the cube, or a grey where that is nearer.
pub(super) fn near_indexed(red: u8, green: u8, blue: u8) -> u8 {
    let step = |channel: u8| match channel {
        0..48 => 0,
        48..115 => 1,
        // From 95 on the steps are even.
        channel => (channel - 35) / 40,
    };
    let cube = 16 + 36 * step(red) + 6 * step(green) + step(blue);
    let mean = (u16::from(red) + u16::from(green) + u16::from(blue)) / 3;
    let grey = 232 + u8::try_from(mean.saturating_sub(3) / 10).unwrap_or(u8::MAX).min(23);
    let distance = |index: u8| apart((red, green, blue), indexed(index));
    if distance(grey) < distance(cube) { grey } else { cube }
}

/// The one of the terminal's own sixteen that is like it in most terminals.
pub(super) fn near_named(red: u8, green: u8, blue: u8) -> Color {
    const USUAL: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    let near = USUAL.iter().zip(NAMED).min_by_key(|(usual, _)| apart((red, green, blue), **usual));
    near.map_or(Color::Reset, |(_, (_, named))| named)
}

/// Squared, by channels.
fn apart(one: (u8, u8, u8), other: (u8, u8, u8)) -> u32 {
    let squared = |one: u8, other: u8| u32::from(one.abs_diff(other)).pow(2);
    squared(one.0, other.0) + squared(one.1, other.1) + squared(one.2, other.2)
}

/// The fixed colours from 16 on: a cube of six steps a side, then 24 greys.
pub(super) fn indexed(index: u8) -> (u8, u8, u8) {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    match index.checked_sub(232) {
        Some(grey) => {
            let level = 8 + 10 * grey;
            (level, level, level)
        }
        None => {
            let cube = usize::from(index.saturating_sub(16));
            (STEPS[cube / 36], STEPS[cube / 6 % 6], STEPS[cube % 6])
        }
    }
}

/// A colour by how it looks (Björn Ottosson's Oklab): distances are alike wherever they are taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Oklab {
    lightness: f64,
    a: f64,
    b: f64,
}

impl Oklab {
    fn of(red: u8, green: u8, blue: u8) -> Self {
        Self::of_light([red, green, blue].map(linear))
    }

    pub(super) fn of_light([red, green, blue]: [f64; 3]) -> Self {
        let long =
            (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
        let middle =
            (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
        let short =
            (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
        Self {
            lightness: 0.210_454_255_3 * long + 0.793_617_785_0 * middle - 0.004_072_046_8 * short,
            a: 1.977_998_495_1 * long - 2.428_592_205_0 * middle + 0.450_593_709_9 * short,
            b: 0.025_904_037_1 * long + 0.782_771_766_2 * middle - 0.808_675_766_0 * short,
        }
    }

    /// Squared.
    pub(super) fn distance(self, other: Self) -> f64 {
        let (lightness, a, b) =
            (self.lightness - other.lightness, self.a - other.a, self.b - other.b);
        lightness * lightness + a * a + b * b
    }
}

/// A channel as light: sRGB taken apart.
pub(super) fn linear(channel: u8) -> f64 {
    let channel = f64::from(channel) / 255.0;
    if channel <= 0.040_45 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read() {
        for (text, colour) in [
            ("#1e2a38", Some(Color::Rgb(0x1e, 0x2a, 0x38))),
            ("#FFF", Some(Color::Rgb(255, 255, 255))),
            ("#1a9", Some(Color::Rgb(0x11, 0xaa, 0x99))),
            ("bright-black", Some(Color::DarkGray)),
            ("white", Some(Color::Gray)),
            ("default", Some(Color::Reset)),
            ("208", Some(Color::Indexed(208))),
            ("256", None),
            ("#12", None),
            ("#12345g", None),
            ("#+12345", None),
            ("", None),
            ("purple", None),
        ] {
            assert_eq!(parse(text), colour, "{text}");
        }
    }

    #[test]
    fn the_fixed_colours_are_nearest_to_themselves() {
        for index in 16..=255 {
            let (red, green, blue) = indexed(index);
            let nearest = nearest_indexed(red, green, blue);
            assert_eq!(indexed(nearest), (red, green, blue), "{index}");
            let near = near_indexed(red, green, blue);
            assert_eq!(indexed(near), (red, green, blue), "{index}");
        }
    }

    #[test]
    fn the_nearest_colour_keeps_the_hue() {
        for (colour, index) in [
            ((255, 0, 0), 196),
            ((0x0b, 0x12, 0x18), 233),
            ((0xfe, 0x80, 0x19), 208),
            ((0x83, 0xa5, 0x98), 109),
            ((0, 0, 0), 16),
            ((254, 255, 255), 231),
        ] {
            let (red, green, blue) = colour;
            assert_eq!(nearest_indexed(red, green, blue), index, "{colour:?}");
        }
    }
}
