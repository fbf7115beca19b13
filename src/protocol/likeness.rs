//! Which known name was most likely meant by one that is not known.

/// The known name that is most like what was written, if one is like it at all.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    most_like(known.into_iter().map(|name| (likeness(written, name), name.to_owned())))
}

/// From 0, nothing in common, to 1, the same.
pub fn likeness(written: &str, known: &str) -> f64 {
    strsim::jaro_winkler(written, known)
}

/// The best of the names by their likeness, if it is good enough to name it.
pub fn most_like(scored: impl Iterator<Item = (f64, String)>) -> Option<String> {
    // Of equals the first: known names stand in the order of their weight.
    let best = scored.reduce(|best, next| if next.0 > best.0 + f64::EPSILON { next } else { best });
    best.filter(|(score, _)| *score > 0.8).map(|(_, name)| name)
}

/// A question behind a sentence that says what is not known; nothing where no name is near.
pub fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or(String::new(), |nearest| format!("; did you mean `{nearest}`?"))
}
