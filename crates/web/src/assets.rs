//! The stylesheet and the scripts: inside the binary, under names that change with their content.

use std::{fmt::Write as _, sync::LazyLock};

use sha2::{Digest, Sha256};

/// A file as it is served.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its name with a hash of its content, so that browsers may keep it for good.
    pub(crate) name: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, bytes: &'static [u8]) -> Self {
        let mut hash = String::new();
        for byte in &Sha256::digest(bytes)[..8] {
            write!(hash, "{byte:02x}").expect("writing to a string never fails");
        }
        Self { name: format!("{stem}-{hash}.{extension}"), media_type, bytes }
    }

    pub(crate) fn url(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

pub(crate) static STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("tocsin", "css", CSS, include_bytes!("../assets/tocsin.css")));
pub(crate) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("tocsin", "js", JAVASCRIPT, include_bytes!("../assets/tocsin.js")));
pub(crate) static HTMX: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("htmx", "js", JAVASCRIPT, include_bytes!("../assets/vendor/htmx.min.js")));
pub(crate) static MARK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("tocsin", "svg", "image/svg+xml", include_bytes!("../assets/tocsin.svg")));

pub(crate) fn all() -> [&'static Asset; 4] {
    [&STYLE, &SCRIPT, &HTMX, &MARK]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_stay_under_100_kilobytes() {
        let scripts: usize = [&SCRIPT, &HTMX].map(|asset| asset.bytes.len()).iter().sum();
        assert!(scripts < 100_000, "{scripts} bytes of script");
    }

    #[test]
    fn no_asset_asks_another_host_for_anything() {
        for asset in [&STYLE, &SCRIPT, &MARK] {
            let text = std::str::from_utf8(asset.bytes).unwrap().replace("http://www.w3.org/", "");
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("@import"), "{}", asset.name);
        }
    }
}
