//! How somebody who looks elsewhere is told: which sign the terminal understands, and its bytes.
use super::emulator::{Emulator, Variable};
use crate::redact::visible;

/// How the user wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Notify {
    /// By what the terminal is known to understand.
    #[default]
    Auto,
    Form(Form),
    Bell,
    Off,
    /// By a program with its arguments; what is told comes behind them.
    Program(Vec<String>),
}

/// A sequence that has a terminal show a notification of the desktop's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One text: iTerm2 began it.
    Osc9,
    /// A title and a text: rxvt-unicode began it.
    Osc777,
    /// The same with more to it: kitty's own.
    Osc99,
}

/// Something to know for whoever looks elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    pub title: String,
    pub text: String,
}

/// What is done to tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    Terminal(Sign),
    /// Whoever starts programs does it.
    Program,
    Nobody,
}

/// What is written to the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    form: Option<Form>,
    has_bell: bool,
    /// A tmux stands between: it hands on what is wrapped, where its `allow-passthrough` lets it.
    is_wrapped: bool,
}

/// More of it has no room in a notification.
const MOST_CHARACTERS: usize = 200;

impl Notify {
    /// As configuration writes the names.
    pub const NAMES: [&'static str; 6] = ["auto", "osc9", "osc777", "osc99", "bell", "off"];

    pub fn named(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "osc9" => Some(Self::Form(Form::Osc9)),
            "osc777" => Some(Self::Form(Form::Osc777)),
            "osc99" => Some(Self::Form(Form::Osc99)),
            "bell" => Some(Self::Bell),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

impl Teller {
    /// Who tells it on this terminal, by the variables of the environment.
    pub fn pick<'a>(wish: &Notify, variable: &'a Variable<'a>) -> Self {
        let emulator = Emulator::of(variable);
        let is_wrapped = emulator.has("TMUX");
        let sign = |form, has_bell| Self::Terminal(Sign { form, has_bell, is_wrapped });
        match wish {
            Notify::Auto => {
                let (form, has_bell) = understood(emulator);
                // What tmux does not hand on is not told, so the bell is rung as well.
                sign(form, has_bell || is_wrapped)
            }
            Notify::Form(form) => sign(Some(*form), false),
            Notify::Bell => sign(None, true),
            Notify::Off => Self::Nobody,
            Notify::Program(_) => Self::Program,
        }
    }
}

impl News {
    /// As one line without anything that a terminal or a program could take for more than text.
    pub fn line(&self) -> String {
        one_line(&format!("{}: {}", self.title, self.text))
    }
}

impl Sign {
    pub fn bytes(self, news: &News) -> Vec<u8> {
        let mut sequences = Vec::new();
        match self.form {
            Some(Form::Osc9) => sequences.push(format!("\x1b]9;{}\x1b\\", news.line())),
            Some(Form::Osc777) => {
                // The title ends at the first of these.
                let (title, text) = (one_line(&news.title).replace(';', ","), one_line(&news.text));
                sequences.push(format!("\x1b]777;notify;{title};{text}\x1b\\"));
            }
            Some(Form::Osc99) => {
                let (title, text) = (one_line(&news.title), one_line(&news.text));
                sequences.push(format!("\x1b]99;i=bowline:d=0:o=unfocused;{title}\x1b\\"));
                sequences.push(format!("\x1b]99;i=bowline:p=body;{text}\x1b\\"));
            }
            None => {}
        }
        let mut bytes = String::new();
        for sequence in sequences {
            if self.is_wrapped {
                let doubled = sequence.replace('\x1b', "\x1b\x1b");
                bytes.push_str(&format!("\x1bPtmux;{doubled}\x1b\\"));
            } else {
                bytes.push_str(&sequence);
            }
        }
        if self.has_bell {
            bytes.push('\x07');
        }
        bytes.into_bytes()
    }
}

/// What the terminal is known to show, and whether its bell is needed beside it.
fn understood(emulator: Emulator<'_>) -> (Option<Form>, bool) {
    // These hand on the bell and nothing else.
    if emulator.has("STY") || emulator.has("ZELLIJ") {
        return (None, true);
    }
    if emulator.is_term(&["kitty"]) || emulator.has("KITTY_WINDOW_ID") {
        return (Some(Form::Osc99), false);
    }
    if emulator.is_term(&["ghostty", "foot", "rxvt-unicode"]) || emulator.is_program(&["ghostty"]) {
        return (Some(Form::Osc777), false);
    }
    if emulator.is_program(&["iTerm.app", "WezTerm", "WarpTerminal"])
        || emulator.is_term(&["wezterm"])
        || emulator.says("LC_TERMINAL", "iTerm2")
    {
        return (Some(Form::Osc9), false);
    }
    if emulator.is_term(&["alacritty", "linux"])
        || emulator.is_program(&["Apple_Terminal", "vscode"])
    {
        return (None, true);
    }
    // Some builds of VTE show it; the others pass it over.
    let form = if emulator.has("VTE_VERSION") { Form::Osc777 } else { Form::Osc9 };
    (Some(form), true)
}

fn one_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let shown = visible(line);
    let mut characters = shown.chars().filter(|it| !it.is_control());
    let mut cut: String = characters.by_ref().take(MOST_CHARACTERS).collect();
    if characters.next().is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wish: &Notify, variables: &[(&str, &str)], wanted: &str) {
        let get =
            |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
        let news = News { title: "a;b".to_owned(), text: "c;d\u{1b}]0;x\u{7}\nmore".to_owned() };
        let told = match Teller::pick(wish, &get) {
            Teller::Terminal(sign) => String::from_utf8(sign.bytes(&news)).unwrap(),
            other => format!("{other:?}"),
        };
        let told = told.replace('\u{1b}', "^").replace('\u{7}', "BEL");
        assert_eq!(told, wanted, "{wish:?} {variables:?}");
    }

    const NINE: &str = "^]9;a;b: c;d\\u{1b}]0;x\\u{7}^\\";
    const MORE: &str = "^]777;notify;a,b;c;d\\u{1b}]0;x\\u{7}^\\";

    #[test]
    fn each_terminal_is_told_by_what_it_understands() {
        let auto = Notify::Auto;
        let kitty =
            "^]99;i=bowline:d=0:o=unfocused;a;b^\\^]99;i=bowline:p=body;c;d\\u{1b}]0;x\\u{7}^\\";
        check(&auto, &[("TERM", "xterm-kitty")], kitty);
        check(&auto, &[("TERM", "xterm-ghostty")], MORE);
        check(&auto, &[("TERM", "foot")], MORE);
        check(&auto, &[("TERM", "xterm-256color"), ("LC_TERMINAL", "iTerm2")], NINE);
        check(&auto, &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], NINE);
        check(&auto, &[("TERM", "xterm-256color")], &format!("{NINE}BEL"));
        check(&auto, &[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")], &format!("{MORE}BEL"));
        for variables in [
            [("TERM", "linux"), ("SHLVL", "1")],
            [("TERM", "xterm-256color"), ("TERM_PROGRAM", "vscode")],
            [("TERM", "screen"), ("STY", "1")],
        ] {
            check(&auto, &variables, "BEL");
        }
    }

    #[test]
    fn what_is_behind_tmux_is_wrapped_and_rung_for() {
        let wrapped = "^Ptmux;^^]9;a;b: c;d\\u{1b}]0;x\\u{7}^^\\^\\";
        let tmux = [("TERM", "tmux-256color"), ("TMUX", "/tmp/x,1,0"), ("TERM_PROGRAM", "tmux")];
        check(&Notify::Auto, &tmux, &format!("{wrapped}BEL"));
        check(&Notify::Form(Form::Osc9), &tmux, wrapped);
        check(&Notify::Bell, &tmux, "BEL");
    }

    #[test]
    fn the_user_has_the_last_word() {
        let kitty = [("TERM", "xterm-kitty")];
        check(&Notify::named("osc777").unwrap(), &kitty, MORE);
        check(&Notify::named("bell").unwrap(), &kitty, "BEL");
        check(&Notify::named("off").unwrap(), &kitty, "Nobody");
        check(&Notify::Program(vec!["x".to_owned()]), &kitty, "Program");
        for name in Notify::NAMES {
            assert!(Notify::named(name).is_some(), "{name}");
        }
    }
}
