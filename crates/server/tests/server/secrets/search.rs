//! Looks for bytes in everything that a server keeps: files as they are, cells of the database, and whatever is
//! compressed in either, at any depth.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    path::Path,
};

use flate2::read::{GzDecoder, ZlibDecoder};
use memchr::memmem;
use tantivy::{
    Index, Segment, SegmentReader,
    columnar::{ColumnarReader, DynamicColumn},
    index::SegmentComponent,
};

/// Compressed inside of compressed inside of compressed: a recording in a packed item, and one more.
const MOST_DEPTH: usize = 4;
const MOST_BYTES: u64 = 64 << 20;

/// A place, and what is there.
pub(super) type Content = (String, Vec<u8>);

/// All files below a folder.
pub(super) fn files(folder: &Path) -> Vec<Content> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(bytes) = fs::read(&path) {
            // Sockets cannot be read, and files may go away meanwhile.
            found.push((path.display().to_string(), bytes));
        }
    }
    found
}

/// All cells of a database.
pub(super) async fn cells(url: &str) -> Vec<Content> {
    let cells = testkit::cells(url).await;
    cells.into_iter().map(|cell| (cell.place, cell.bytes)).collect()
}

/// All words, names of columns, values and payloads of the event index. Its files hold them in pieces: of a text that
/// begins as the one before it, only the rest is written, and of a payload words with digits stand apart.
pub(super) fn index(folder: &Path) -> Vec<Content> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(index(&path));
        }
    }
    if folder.join("meta.json").is_file() {
        let day = Index::open_in_dir(folder).expect("the index of a day");
        for segment in day.searchable_segments().expect("segments") {
            let contents = words(&segment)
                .into_iter()
                .chain(columns(&segment))
                .chain([payloads(&segment)]);
            found.extend(contents.map(|(what, bytes)| (format!("{}, {what}", folder.display()), bytes)));
        }
    }
    found
}

fn payloads(segment: &Segment) -> Content {
    let file = segment.open_read(SegmentComponent::Custom("payload".to_owned()));
    let file = file.expect("payloads").read_bytes().expect("payloads");
    let all = store::events::unpacked_payloads(&file).expect("payloads");
    ("payloads".to_owned(), all)
}

fn words(segment: &Segment) -> Vec<Content> {
    let reader = SegmentReader::open(segment).expect("a segment");
    let mut found = Vec::new();
    for (field, entry) in reader.schema().fields().filter(|(_, entry)| entry.is_indexed()) {
        let inverted = reader.inverted_index(field).expect("the words of a field");
        let mut terms = inverted.terms().stream().expect("words");
        let mut bytes = Vec::new();
        while terms.advance() {
            bytes.extend(terms.key());
            bytes.push(b'\n');
        }
        found.push((format!("words of {}", entry.name()), bytes));
    }
    found
}

fn columns(segment: &Segment) -> Vec<Content> {
    let file = segment.open_read(SegmentComponent::FastFields).expect("columns");
    let columns = ColumnarReader::open(file).expect("columns");
    let mut found = Vec::new();
    for (name, column) in columns.list_columns().expect("their names") {
        let mut bytes = name.clone().into_bytes();
        if let DynamicColumn::Str(column) = column.open().expect("a column") {
            let mut values = column.dictionary().stream().expect("values");
            while values.advance() {
                bytes.push(b'\n');
                bytes.extend(values.key());
            }
        }
        found.push((format!("column {name:?}"), bytes));
    }
    found
}

/// Where each of `needles` is, in any case of letters; absent are those that are nowhere.
pub(super) fn find<'needle>(
    contents: Vec<Content>,
    needles: impl Iterator<Item = &'needle str> + Clone,
) -> BTreeMap<&'needle str, BTreeSet<String>> {
    let mut found: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    let mut waiting: Vec<(usize, Content)> = contents.into_iter().map(|content| (0, content)).collect();
    while let Some((depth, (place, bytes))) = waiting.pop() {
        let folded = bytes.to_ascii_lowercase();
        for needle in needles.clone() {
            if memmem::find(&folded, needle.to_ascii_lowercase().as_bytes()).is_some() {
                found.entry(needle).or_default().insert(place.clone());
            }
        }
        if depth < MOST_DEPTH {
            let unpacked = unpacked(&bytes).into_iter();
            waiting.extend(unpacked.map(|(form, bytes)| (depth + 1, (format!("{place}, {form}"), bytes))));
        }
    }
    found
}

type Decoder = fn(&[u8]) -> Vec<u8>;

/// How compressed bytes begin, and how they are read; what is no such thing gives nothing.
const FORMS: [(&str, &[u8], Decoder); 6] = [
    ("zstd", &[0x28, 0xb5, 0x2f, 0xfd], |bytes| {
        zstd::Decoder::new(bytes).map(read).unwrap_or_default()
    }),
    ("gzip", &[0x1f, 0x8b, 0x08], |bytes| read(GzDecoder::new(bytes))),
    ("zlib", &[0x78, 0x01], |bytes| read(ZlibDecoder::new(bytes))),
    ("zlib", &[0x78, 0x5e], |bytes| read(ZlibDecoder::new(bytes))),
    ("zlib", &[0x78, 0x9c], |bytes| read(ZlibDecoder::new(bytes))),
    ("zlib", &[0x78, 0xda], |bytes| read(ZlibDecoder::new(bytes))),
];

/// Everything compressed that begins anywhere in `bytes`, as far as it can be read.
fn unpacked(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut found = Vec::new();
    for (form, magic, decode) in FORMS {
        for start in memmem::find_iter(bytes, magic) {
            let unpacked = decode(&bytes[start..]);
            if !unpacked.is_empty() {
                found.push((form, unpacked));
            }
        }
    }
    found
}

/// What comes before the first error counts as well.
fn read(mut from: impl Read) -> Vec<u8> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        bytes.extend(&buffer[..count]);
        assert!(
            (bytes.len() as u64) < MOST_BYTES,
            "nothing that a test sends is so large"
        );
    }
    bytes
}

#[test]
fn what_is_packed_in_something_packed_is_found() {
    use std::io::Write as _;

    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(b"of no use: NEEDLE-1").expect("memory");
    let recording = [b"{\"segment_id\":0}\n", &zlib.finish().expect("memory")[..]].concat();
    let packed = zstd::encode_all(&recording[..], 1).expect("memory");
    let contents = vec![
        (
            "a file".to_owned(),
            [b"page before", &packed[..], b"page behind"].concat(),
        ),
        ("a cell".to_owned(), b"needle-2".to_vec()),
    ];
    let needles = ["needle-1", "needle-2", "needle-3"];
    let found = find(contents, needles.into_iter());
    assert!(found["needle-1"].contains("a file, zstd, zlib"), "{found:?}");
    assert_eq!(found["needle-2"], BTreeSet::from(["a cell".to_owned()]));
    assert_eq!(found.len(), 2);
}
