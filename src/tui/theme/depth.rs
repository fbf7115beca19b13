//! How many colours a terminal has, and a style within them.
use ratatui::style::{Color, Style};

use super::colour;

/// From the fewest to the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// No colour at all.
    Plain,
    /// The terminal's own.
    Sixteen,
    Indexed,
    True,
}

/// What the environment says of the terminal, variable by variable. One that is empty counts as not set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Surroundings<'a> {
    pub term: Option<&'a str>,
    pub colorterm: Option<&'a str>,
    pub term_program: Option<&'a str>,
    /// Set by Windows Terminal, also for what runs in its Linux.
    pub wt_session: Option<&'a str>,
    pub no_color: Option<&'a str>,
    pub clicolor: Option<&'a str>,
    pub clicolor_force: Option<&'a str>,
    pub force_color: Option<&'a str>,
}

/// What somebody said on the command line, over all variables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Wish {
    #[default]
    Auto,
    Always,
    Never,
}

impl Depth {
    /// The colours to use. `NO_COLOR` and `CLICOLOR=0` take them all, `FORCE_COLOR` and `CLICOLOR_FORCE` give at least
    /// sixteen, where nobody said otherwise on the command line.
    pub fn pick(wish: Wish, around: &Surroundings<'_>) -> Self {
        let set = |value: Option<&str>| value.is_some_and(|value| !value.is_empty());
        let able = able(around);
        match wish {
            Wish::Never => return Self::Plain,
            Wish::Always => return able.max(Self::Sixteen),
            Wish::Auto if set(around.no_color) => return Self::Plain,
            Wish::Auto => {}
        }
        match around.force_color {
            Some("0" | "false") => return Self::Plain,
            Some("1") => return Self::Sixteen,
            Some("2") => return Self::Indexed,
            Some("3") => return Self::True,
            Some("") | None => {}
            Some(_) => return able.max(Self::Sixteen),
        }
        if set(around.clicolor_force) && around.clicolor_force != Some("0") {
            return able.max(Self::Sixteen);
        }
        if around.clicolor == Some("0") { Self::Plain } else { able }
    }

    /// The style in the fixed colours of 256.
    pub(super) fn indexed(style: Style) -> Style {
        let fit = |colour: Color| match colour {
            Color::Rgb(red, green, blue) => {
                Color::Indexed(colour::nearest_indexed(red, green, blue))
            }
            colour => colour,
        };
        Style { fg: style.fg.map(fit), bg: style.bg.map(fit), ..style }
    }

    /// A style of a program's own within these colours. It is asked for often, so what is nearest is not looked for long.
    pub(super) fn fit(self, style: Style) -> Style {
        let fit = |colour: Color| match (self, colour) {
            (Self::Indexed, Color::Rgb(red, green, blue)) => {
                Color::Indexed(colour::near_indexed(red, green, blue))
            }
            (Self::Sixteen, Color::Rgb(red, green, blue)) => colour::near_named(red, green, blue),
            (Self::Sixteen, Color::Indexed(index)) => match colour::NAMED.get(usize::from(index)) {
                Some((_, named)) => *named,
                None => {
                    let (red, green, blue) = colour::indexed(index);
                    colour::near_named(red, green, blue)
                }
            },
            (Self::Plain | Self::Sixteen | Self::Indexed | Self::True, colour) => colour,
        };
        if self == Self::Plain {
            return Style { fg: None, bg: None, underline_color: None, ..style };
        }
        let (fg, bg) = (style.fg.map(fit), style.bg.map(fit));
        // Letters are not to vanish in their ground.
        let is_lost = fg.is_some() && fg == bg && style.fg != style.bg;
        Style { fg, bg: bg.filter(|_| !is_lost), ..style }
    }

    /// Whether the terminal can show a style as it is.
    pub(super) fn has(self, style: Style) -> bool {
        let has = |colour: Option<Color>| match colour {
            None | Some(Color::Reset) => true,
            Some(Color::Rgb(..)) => self == Self::True,
            Some(Color::Indexed(index)) => {
                self >= Self::Indexed || self == Self::Sixteen && index < 16
            }
            Some(
                Color::Black
                | Color::Red
                | Color::Green
                | Color::Yellow
                | Color::Blue
                | Color::Magenta
                | Color::Cyan
                | Color::Gray
                | Color::DarkGray
                | Color::LightRed
                | Color::LightGreen
                | Color::LightYellow
                | Color::LightBlue
                | Color::LightMagenta
                | Color::LightCyan
                | Color::White,
            ) => self >= Self::Sixteen,
        };
        has(style.fg) && has(style.bg)
    }
}

/// Terminals that have all colours and may not say so, over ssh above all: by `TERM` and by `TERM_PROGRAM`.
const TRUE_TERMS: [&str; 7] =
    ["alacritty", "contour", "foot", "ghostty", "kitty", "rio", "wezterm"];
const TRUE_PROGRAMS: [&str; 8] =
    ["iTerm.app", "WezTerm", "ghostty", "vscode", "rio", "mintty", "WarpTerminal", "Hyper"];

fn able(around: &Surroundings<'_>) -> Depth {
    let Some(term) = around.term.filter(|term| !matches!(*term, "" | "dumb" | "unknown")) else {
        return Depth::Plain;
    };
    let is_one_of =
        |known: &[&str], value: Option<&str>| value.is_some_and(|value| known.contains(&value));
    // GNU screen takes no more than 256 and hands on what the terminal around it says; tmux fits colours to it.
    let is_screen = term.starts_with("screen") && around.term_program != Some("tmux");
    let says_true = is_one_of(&["truecolor", "24bit"], around.colorterm)
        || term.ends_with("-direct")
        || TRUE_TERMS
            .iter()
            .any(|known| term.strip_prefix("xterm-").unwrap_or(term).starts_with(known))
        || is_one_of(&TRUE_PROGRAMS, around.term_program)
        || around.wt_session.is_some_and(|session| !session.is_empty());
    if says_true && !is_screen {
        return Depth::True;
    }
    if says_true || term.contains("256") || around.term_program == Some("Apple_Terminal") {
        return Depth::Indexed;
    }
    if term.starts_with("vt1")
        || term.starts_with("vt2")
        || term.ends_with("-mono")
        || term.ends_with("-m")
    {
        return Depth::Plain;
    }
    Depth::Sixteen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], wanted: Depth) {
        assert_eq!(Depth::pick(Wish::Auto, &around(variables)), wanted, "{variables:?}");
    }

    fn around<'a>(variables: &[(&str, &'a str)]) -> Surroundings<'a> {
        let get =
            |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
        Surroundings {
            term: get("TERM"),
            colorterm: get("COLORTERM"),
            term_program: get("TERM_PROGRAM"),
            wt_session: get("WT_SESSION"),
            no_color: get("NO_COLOR"),
            clicolor: get("CLICOLOR"),
            clicolor_force: get("CLICOLOR_FORCE"),
            force_color: get("FORCE_COLOR"),
        }
    }

    #[test]
    fn the_terminal_says_what_it_has() {
        check(&[], Depth::Plain);
        check(&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::Plain);
        check(&[("TERM", "vt100")], Depth::Plain);
        check(&[("TERM", "linux")], Depth::Sixteen);
        check(&[("TERM", "xterm")], Depth::Sixteen);
        check(&[("TERM", "xterm-256color")], Depth::Indexed);
        check(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True);
        check(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], Depth::Indexed);
        check(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Depth::True);
        check(&[("TERM", "xterm-256color"), ("WT_SESSION", "0")], Depth::True);
        check(&[("TERM", "xterm-kitty")], Depth::True);
        check(&[("TERM", "alacritty")], Depth::True);
        check(&[("TERM", "tmux-256color")], Depth::Indexed);
        check(&[("TERM", "tmux-256color"), ("COLORTERM", "24bit")], Depth::True);
        check(&[("TERM", "screen-256color"), ("COLORTERM", "truecolor")], Depth::Indexed);
        let tmux =
            [("TERM", "screen-256color"), ("COLORTERM", "truecolor"), ("TERM_PROGRAM", "tmux")];
        check(&tmux, Depth::True);
    }

    #[track_caller]
    fn check_fit(depth: Depth, (fg, bg): (Color, Color), wanted: (Color, Option<Color>)) {
        let style = depth.fit(Style::new().fg(fg).bg(bg));
        assert_eq!((style.fg, style.bg), (Some(wanted.0), wanted.1), "{depth:?} {fg} {bg}");
    }

    #[test]
    fn colours_of_programs_are_brought_within_those_there_are() {
        let (orange, night) = (Color::Rgb(254, 128, 25), Color::Rgb(29, 32, 33));
        check_fit(Depth::True, (orange, night), (orange, Some(night)));
        check_fit(
            Depth::Indexed,
            (orange, night),
            (Color::Indexed(208), Some(Color::Indexed(234))),
        );
        check_fit(Depth::Indexed, (Color::Red, Color::Reset), (Color::Red, Some(Color::Reset)));
        let (red, blue) = (Color::Rgb(250, 10, 5), Color::Indexed(4));
        check_fit(Depth::Sixteen, (red, blue), (Color::LightRed, Some(Color::Blue)));
        let (pale, grey) = (Color::Indexed(231), Color::Indexed(244));
        check_fit(Depth::Sixteen, (pale, grey), (Color::White, Some(Color::DarkGray)));
        // Both are the same black there.
        let (dark, darker) = (Color::Rgb(20, 20, 20), Color::Rgb(5, 5, 5));
        check_fit(Depth::Sixteen, (dark, darker), (Color::Black, None));
        let style = Style::new().fg(red).bg(blue).add_modifier(ratatui::style::Modifier::BOLD);
        let plain = Style::new().add_modifier(ratatui::style::Modifier::BOLD);
        assert_eq!(Depth::Plain.fit(style), plain);
    }

    #[test]
    fn the_user_has_the_last_word() {
        let full = ("TERM", "xterm-kitty");
        check(&[full, ("NO_COLOR", "1")], Depth::Plain);
        check(&[full, ("NO_COLOR", "")], Depth::True);
        check(&[full, ("CLICOLOR", "0")], Depth::Plain);
        check(&[full, ("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1")], Depth::True);
        check(&[full, ("FORCE_COLOR", "0")], Depth::Plain);
        check(&[full, ("FORCE_COLOR", "2")], Depth::Indexed);
        check(&[full, ("FORCE_COLOR", "1"), ("NO_COLOR", "1")], Depth::Plain);
        check(&[("TERM", "dumb"), ("FORCE_COLOR", "yes")], Depth::Sixteen);
        check(&[("TERM", "dumb"), ("FORCE_COLOR", "")], Depth::Plain);
        check(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], Depth::Sixteen);
        check(&[("TERM", "dumb"), ("CLICOLOR_FORCE", "0")], Depth::Plain);
        let none = around(&[full, ("NO_COLOR", "1")]);
        assert_eq!(Depth::pick(Wish::Always, &none), Depth::True);
        assert_eq!(Depth::pick(Wish::Never, &around(&[full])), Depth::Plain);
    }
}
