//! What a model's name says: where it is asked, and of which generation it is.
use crate::wire::path_segment;

/// Those before the third generation, by how their names begin.
const OLDER: [&str; 3] = ["gemini-1.", "gemini-2.", "gemini-exp"];
/// Collections of models. A name without one is of the first.
const COLLECTIONS: [&str; 2] = ["models/", "tunedModels/"];

/// The path of a model, whatever its name holds.
pub(super) fn resource(model: &str) -> String {
    let known = COLLECTIONS.into_iter().find_map(|it| Some((it, model.strip_prefix(it)?)));
    let (collection, name) = known.unwrap_or((COLLECTIONS[0], model));
    format!("{collection}{}", path_segment(name))
}

/// Older models do not look for signatures, and can't both call tools and be held to a schema.
pub(super) fn is_older(model: &str) -> bool {
    let name = model.strip_prefix(COLLECTIONS[0]).unwrap_or(model);
    OLDER.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_within_its_part_of_the_path() {
        for (model, expected) in [
            ("gemini-4-argon", "models/gemini-4-argon"),
            ("models/gemini-4-argon", "models/gemini-4-argon"),
            ("tunedModels/mine-1", "tunedModels/mine-1"),
            ("../files?key=a#b", "models/..%2Ffiles%3Fkey%3Da%23b"),
            ("models/é:x", "models/%C3%A9%3Ax"),
        ] {
            assert_eq!(resource(model), expected, "{model}");
        }
    }

    #[test]
    fn generations_are_told_apart() {
        for (model, expected) in [
            ("gemini-2.5-pro", true),
            ("models/gemini-2.0-flash", true),
            ("gemini-3-flash-preview", false),
            ("gemini-4-argon", false),
            ("gemini-pro-latest", false),
        ] {
            assert_eq!(is_older(model), expected, "{model}");
        }
    }
}
