//! The themes that the program brings along.

/// Name and text of each, in the order in which they are offered.
#[rustfmt::skip]
pub(super) const BUILT_IN: [(&str, &str); 16] = [
    ("harbour", include_str!("../../../themes/harbour.toml")),
    ("harbour-light", include_str!("../../../themes/harbour-light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("high-contrast-light", include_str!("../../../themes/high-contrast-light.toml")),
    ("colour-blind", include_str!("../../../themes/colour-blind.toml")),
    ("colour-blind-light", include_str!("../../../themes/colour-blind-light.toml")),
    ("terminal", include_str!("../../../themes/terminal.toml")),
    ("catppuccin-latte", include_str!("../../../themes/catppuccin-latte.toml")),
    ("catppuccin-mocha", include_str!("../../../themes/catppuccin-mocha.toml")),
    ("dracula", include_str!("../../../themes/dracula.toml")),
    ("gruvbox-dark", include_str!("../../../themes/gruvbox-dark.toml")),
    ("gruvbox-light", include_str!("../../../themes/gruvbox-light.toml")),
    ("nord", include_str!("../../../themes/nord.toml")),
    ("solarized-dark", include_str!("../../../themes/solarized-dark.toml")),
    ("solarized-light", include_str!("../../../themes/solarized-light.toml")),
    ("tokyo-night", include_str!("../../../themes/tokyo-night.toml")),
];

/// What stands for the others where a terminal has sixteen colours alone.
pub(super) const OF_SIXTEEN: &str = "terminal";

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn every_file_of_the_folder_is_built_in() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("themes");
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files: BTreeSet<String> =
            files.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        let known = BUILT_IN.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(files, known);
        for (name, text) in BUILT_IN {
            assert!(text.starts_with("# "), "{name} does not start by saying what it is");
        }
    }
}
