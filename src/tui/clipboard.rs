//! Whether the terminal brings a copy into the clipboard (OSC 52), and why a file has to have it where that is not sure.
use super::emulator::{Emulator, Variable};

/// What is known of the terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clipboard {
    /// Nothing speaks against it.
    #[default]
    Open,
    /// It depends on its settings or its version, and those can't be seen.
    Doubtful,
    Closed,
}

/// Why a copy is kept in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The terminal is asked all the same.
    MayBeRefused,
    IsRefused,
    TooLarge,
}

/// In base 64 it is just below 100,000 characters, and much of what stands between takes no more.
const MOST_BYTES: usize = 74_994;

impl Clipboard {
    pub fn pick<'a>(variable: &'a Variable<'a>) -> Self {
        let emulator = Emulator::of(variable);
        // A screen of its own stands between, and it hands nothing on.
        if emulator.has("STY") {
            return Self::Closed;
        }
        // By its own defaults it passes over what programs copy; `set-clipboard on` changes that.
        if emulator.has("TMUX") {
            return Self::Doubtful;
        }
        // Before the variables that these may have inherited from a terminal they were started in.
        if emulator.is_term(&["kitty", "ghostty", "foot", "alacritty", "wezterm"])
            || emulator.is_program(&["iTerm.app", "WezTerm", "ghostty", "vscode", "WarpTerminal"])
        {
            return Self::Open;
        }
        if emulator.is_term(&["linux", "eterm"]) || emulator.is_program(&["Apple_Terminal"]) {
            return Self::Closed;
        }
        // VTE, xterm, Konsole and Emacs have it switched off, or have learnt it late; rxvt-unicode needs an extension.
        let is_doubtful = ["VTE_VERSION", "XTERM_VERSION", "KONSOLE_VERSION", "INSIDE_EMACS"]
            .into_iter()
            .any(|name| emulator.has(name));
        if is_doubtful || emulator.is_term(&["rxvt"]) { Self::Doubtful } else { Self::Open }
    }

    pub fn doubt(self, text: &str) -> Option<Doubt> {
        match self {
            Self::Closed => Some(Doubt::IsRefused),
            Self::Open | Self::Doubtful if text.len() > MOST_BYTES => Some(Doubt::TooLarge),
            Self::Doubtful => Some(Doubt::MayBeRefused),
            Self::Open => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], wanted: Clipboard) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
        };
        assert_eq!(Clipboard::pick(&variable), wanted, "{variables:?}");
    }

    #[test]
    fn terminals_are_known_by_their_variables() {
        const TERM: (&str, &str) = ("TERM", "xterm-256color");
        check(&[TERM], Clipboard::Open);
        check(&[TERM, ("ZELLIJ", "0")], Clipboard::Open);
        check(&[TERM, ("TERM_PROGRAM", "iTerm.app")], Clipboard::Open);
        check(&[("TERM", "xterm-kitty"), ("VTE_VERSION", "7600")], Clipboard::Open);
        check(&[("TERM", "foot-extra"), ("XTERM_VERSION", "XTerm(390)")], Clipboard::Open);
        for doubtful in ["VTE_VERSION", "XTERM_VERSION", "KONSOLE_VERSION", "INSIDE_EMACS", "TMUX"]
        {
            check(&[TERM, (doubtful, "1")], Clipboard::Doubtful);
        }
        check(&[("TERM", "tmux-256color"), ("TMUX", "/tmp/x,1,0")], Clipboard::Doubtful);
        check(&[("TERM", "rxvt-unicode-256color")], Clipboard::Doubtful);
        check(&[TERM, ("TERM_PROGRAM", "Apple_Terminal")], Clipboard::Closed);
        check(&[("TERM", "linux")], Clipboard::Closed);
        check(&[("TERM", "screen"), ("STY", "1"), ("TMUX", "stale")], Clipboard::Closed);
    }

    #[test]
    fn what_is_too_large_is_not_sent() {
        let (most, more) = ("x".repeat(MOST_BYTES), "x".repeat(MOST_BYTES + 1));
        assert_eq!(Clipboard::Open.doubt(&most), None);
        assert_eq!(Clipboard::Open.doubt(&more), Some(Doubt::TooLarge));
        assert_eq!(Clipboard::Doubtful.doubt(&most), Some(Doubt::MayBeRefused));
        assert_eq!(Clipboard::Doubtful.doubt(&more), Some(Doubt::TooLarge));
        assert_eq!(Clipboard::Closed.doubt(&more), Some(Doubt::IsRefused));
    }
}
