//! The stylesheet and the scripts: inside the binary, under names that change with their content.

use std::{fmt::Write as _, sync::LazyLock};

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use httpkit::{ApiError, PathParams};
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
        Self {
            name: format!("{stem}-{hash}.{extension}"),
            media_type,
            bytes,
        }
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
/// Charts that can be read with the pointer: only pages that have one ask for it.
pub(crate) static CHART_SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "uplot",
        "js",
        JAVASCRIPT,
        include_bytes!("../assets/vendor/uplot.min.js"),
    )
});
pub(crate) static CHART_STYLE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("uplot", "css", CSS, include_bytes!("../assets/vendor/uplot.min.css")));
pub(crate) static MARK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("tocsin", "svg", "image/svg+xml", include_bytes!("../assets/tocsin.svg")));

pub(crate) fn all() -> [&'static Asset; 6] {
    [&STYLE, &SCRIPT, &HTMX, &CHART_SCRIPT, &CHART_STYLE, &MARK]
}

/// `GET /assets/{name}`: kept by browsers for a year, since another content has another name.
pub(crate) async fn serve(path: PathParams, headers: HeaderMap) -> Result<Response, ApiError> {
    let name = path.get("name")?;
    let asset = all()
        .into_iter()
        .find(|asset| asset.name == name)
        .ok_or_else(ApiError::not_found)?;
    let tag = HeaderValue::try_from(format!("\"{name}\"")).map_err(ApiError::internal)?;
    let fresh = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let about = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
        (header::ETAG, tag),
    ];
    if fresh {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, asset.bytes).into_response())
}

/// `GET /favicon.ico`, for what asks without having read a page.
pub(crate) async fn favicon() -> axum::response::Redirect {
    axum::response::Redirect::to(&MARK.url())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_of_every_page_stay_under_100_kilobytes() {
        let scripts: usize = [&SCRIPT, &HTMX].map(|asset| asset.bytes.len()).iter().sum();
        assert!(scripts < 100_000, "{scripts} bytes of script");
    }

    #[test]
    fn no_asset_asks_another_host_for_anything() {
        for asset in [&STYLE, &SCRIPT, &MARK] {
            let text = std::str::from_utf8(asset.bytes)
                .unwrap()
                .replace("http://www.w3.org/", "");
            assert!(
                !text.contains("http:") && !text.contains("https:") && !text.contains("@import"),
                "{}",
                asset.name
            );
        }
    }

    /// The relative luminance of `#rrggbb`, as WCAG defines it.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    /// A custom property's colours in the light and the dark theme.
    fn colours(name: &str) -> [String; 2] {
        let css = std::str::from_utf8(STYLE.bytes).unwrap();
        let (_, rest) = css.split_once(&format!("--{name}: light-dark(")).expect(name);
        let (light, rest) = rest.split_once(", ").unwrap();
        [light.to_owned(), rest.split(')').next().unwrap().to_owned()]
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        let check = |text: &str, surface: &str| {
            for (text_colour, surface_colour) in colours(text).iter().zip(&colours(surface)) {
                let (one, other) = (luminance(text_colour), luminance(surface_colour));
                let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
                assert!(contrast >= 4.5, "--{text} on --{surface}: {contrast:.2}");
            }
        };
        for text in [
            "text",
            "secondary",
            "muted",
            "accent",
            "fatal",
            "error",
            "warning",
            "info",
            "debug",
            "success",
        ] {
            for surface in ["surface", "panel", "inset"] {
                check(text, surface);
            }
        }
        for level in ["accent", "error", "warning", "success"] {
            check(level, &format!("{level}-soft"));
            check("text", &format!("{level}-soft"));
        }
        check("on-accent", "accent");
        check("panel", "error");
    }
}
