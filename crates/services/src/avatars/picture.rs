//! Reading what was sent as a picture, and making smaller ones.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits, imageops::FilterType};

/// Sides of pictures that are taken, in pixels.
const LEAST_SIDE: u32 = 256;
const MOST_SIDE: u32 = 1024;
/// What a picture takes at most while it is read.
const MOST_MEMORY: u64 = 64 << 20;

/// The side of what is kept. Nothing larger than [`SIDES`] is asked for.
const KEPT_SIDE: u32 = 256;

/// The sides in which pictures are served.
const SIDES: [u32; 9] = [20, 32, 36, 48, 52, 64, 80, 96, 120];

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("a picture is a GIF, JPEG or PNG")]
    Format,
    #[error("the picture cannot be read")]
    Broken,
    #[error("a picture is as wide as high: this one is {0} by {1} pixels")]
    NotSquare(u32, u32),
    #[error("a picture has {LEAST_SIDE} to {MOST_SIDE} pixels a side: this one has {0}")]
    Side(u32),
}

/// Makes a picture ready to be kept: what else the file held, places and names of cameras, is gone.
pub(super) fn normalized(bytes: &[u8]) -> Result<Vec<u8>, PictureError> {
    let format = image::guess_format(bytes).map_err(|_| PictureError::Format)?;
    if !matches!(format, ImageFormat::Gif | ImageFormat::Jpeg | ImageFormat::Png) {
        return Err(PictureError::Format);
    }
    // Its header tells the sides: nothing is decoded yet, and a large one is told so rather than called broken.
    let header = ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = header.into_dimensions().map_err(|_| PictureError::Broken)?;
    if width != height {
        return Err(PictureError::NotSquare(width, height));
    }
    if !(LEAST_SIDE..=MOST_SIDE).contains(&width) {
        return Err(PictureError::Side(width));
    }
    let picture = reader(bytes, format).decode().map_err(|_| PictureError::Broken)?;
    png(&picture, KEPT_SIDE)
}

/// A kept picture in the served side that is nearest to the wanted one.
pub(super) fn resized(kept: &[u8], wanted: u32) -> Result<Vec<u8>, PictureError> {
    let picture = reader(kept, ImageFormat::Png)
        .decode()
        .map_err(|_| PictureError::Broken)?;
    png(&picture, nearest(wanted))
}

fn nearest(wanted: u32) -> u32 {
    let near = SIDES.into_iter().min_by_key(|side| side.abs_diff(wanted));
    near.unwrap_or(SIDES[0])
}

fn reader(bytes: &[u8], format: ImageFormat) -> ImageReader<Cursor<&[u8]>> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    reader
}

fn png(picture: &DynamicImage, side: u32) -> Result<Vec<u8>, PictureError> {
    // Eight bits of red, green, blue and transparency, whatever came.
    let picture = DynamicImage::ImageRgba8(picture.to_rgba8());
    let resized = picture.resize_exact(side, side, FilterType::CatmullRom);
    let mut bytes = Vec::new();
    let written = resized.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
    written.map_err(|_| PictureError::Broken)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let picture = DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 251) as u8, (y % 241) as u8, 9])
        }));
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn side(bytes: &[u8]) -> u32 {
        let reader = reader(bytes, ImageFormat::Png);
        let (width, height) = reader.into_dimensions().unwrap();
        assert_eq!(width, height);
        width
    }

    #[test]
    fn pictures_of_three_formats_are_kept_as_png() {
        for format in [ImageFormat::Gif, ImageFormat::Jpeg, ImageFormat::Png] {
            let kept = normalized(&picture(300, 300, format)).unwrap();
            assert_eq!(image::guess_format(&kept).unwrap(), ImageFormat::Png, "{format:?}");
            assert_eq!((side(&kept), side(&resized(&kept, 50).unwrap())), (256, 48));
        }
    }

    #[test]
    fn other_things_are_refused() {
        let png = picture(300, 300, ImageFormat::Png);
        let check = |bytes: &[u8], expected: PictureError| assert_eq!(normalized(bytes), Err(expected));
        check(b"", PictureError::Format);
        check(b"<svg/>", PictureError::Format);
        check(b"RIFF\x10\0\0\0WEBPVP8 ", PictureError::Format);
        check(&png[..png.len() / 2], PictureError::Broken);
        check(&png[..20], PictureError::Broken);
        check(&picture(300, 200, ImageFormat::Png), PictureError::NotSquare(300, 200));
        check(&picture(255, 255, ImageFormat::Png), PictureError::Side(255));
        check(&picture(1025, 1025, ImageFormat::Jpeg), PictureError::Side(1025));
    }

    #[test]
    fn the_nearest_side_is_served() {
        let sides = [0, 20, 26, 27, 50, 51, 64, 100, 120, 4_000_000_000].map(nearest);
        assert_eq!(sides, [20, 20, 20, 32, 48, 52, 64, 96, 120, 120]);
    }
}
