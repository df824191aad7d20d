//! Applications that act for users. Their tokens are beside those that users make for themselves, in `tokens`.

pub mod applications;
pub mod authorizations;
pub mod grants;

/// The lines of a text; one that holds nothing is none.
fn lines(text: &str) -> Vec<String> {
    text.lines()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
