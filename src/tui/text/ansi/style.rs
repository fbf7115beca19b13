//! The colours and the weight that a program's output asks for (SGR).
use ratatui::style::{Color, Modifier, Style};

/// The style after a sequence. What blinks or hides does neither.
pub(super) fn styled(style: Style, parameters: &str) -> Style {
    let mut style = style;
    // `38:2::1:2:3`: the colour space between the two colons is left out.
    let parameters = parameters.replace("::", ":");
    let mut codes = parameters.split([';', ':']).map(|code| match code {
        "" => Some(0),
        _ => code.parse::<u16>().ok(),
    });
    while let Some(code) = codes.next() {
        let Some(code) = code else { continue };
        style = match code {
            0 => Style::new(),
            1 => with(style, Modifier::BOLD),
            2 => with(style, Modifier::DIM),
            3 => with(style, Modifier::ITALIC),
            4 => with(style, Modifier::UNDERLINED),
            7 => with(style, Modifier::REVERSED),
            9 => with(style, Modifier::CROSSED_OUT),
            22 => without(style, Modifier::BOLD | Modifier::DIM),
            23 => without(style, Modifier::ITALIC),
            24 => without(style, Modifier::UNDERLINED),
            27 => without(style, Modifier::REVERSED),
            29 => without(style, Modifier::CROSSED_OUT),
            30..=37 => style.fg(named(code - 30)),
            90..=97 => style.fg(named(code - 90 + 8)),
            40..=47 => style.bg(named(code - 40)),
            100..=107 => style.bg(named(code - 100 + 8)),
            39 => Style { fg: None, ..style },
            49 => Style { bg: None, ..style },
            38 | 48 => match (extended(&mut codes), code) {
                (Some(colour), 38) => style.fg(colour),
                (Some(colour), _) => style.bg(colour),
                (None, _) => style,
            },
            // The colour of an underline: read over.
            58 => {
                extended(&mut codes);
                style
            }
            _ => style,
        };
    }
    style
}

/// `5;n` or `2;r;g;b`; with colons a colour space may stand before the three.
fn extended(codes: &mut impl Iterator<Item = Option<u16>>) -> Option<Color> {
    let byte = |code: Option<Option<u16>>| u8::try_from(code??).ok();
    match codes.next()?? {
        5 => byte(codes.next()).map(Color::Indexed),
        2 => Some(Color::Rgb(byte(codes.next())?, byte(codes.next())?, byte(codes.next())?)),
        _ => None,
    }
}

fn with(style: Style, modifier: Modifier) -> Style {
    Style { add_modifier: style.add_modifier | modifier, ..style }
}

fn without(style: Style, modifier: Modifier) -> Style {
    Style { add_modifier: style.add_modifier - modifier, ..style }
}

fn named(index: u16) -> Color {
    const COLOURS: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    COLOURS.get(usize::from(index)).copied().unwrap_or(Color::Reset)
}
