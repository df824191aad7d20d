//! Where an address is, by a MaxMind database (GeoLite2 City or one of its form). The file is read by who has it; here
//! are its bytes.

use core::net::IpAddr;

use maxminddb::{PathElement, Reader};

/// A database of places.
#[derive(Debug)]
pub struct GeoDatabase {
    reader: Reader<Vec<u8>>,
}

#[derive(Debug, thiserror::Error)]
#[error("not a MaxMind database: {0}")]
pub struct InvalidGeoDatabase(#[from] maxminddb::MaxMindDbError);

/// What a database knows of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    pub country_code: Option<String>,
    pub city: Option<String>,
    /// The largest part of the country that it is in.
    pub subdivision: Option<String>,
    /// The country's name.
    pub region: Option<String>,
}

impl GeoDatabase {
    pub fn new(bytes: Vec<u8>) -> Result<Self, InvalidGeoDatabase> {
        Ok(Self {
            reader: Reader::from_source(bytes)?,
        })
    }

    /// A damaged database knows nothing.
    pub fn find(&self, address: IpAddr) -> Option<Location> {
        let found = self.reader.lookup(address).ok()?;
        if !found.has_data() {
            return None;
        }
        let text = |path: &[PathElement<'_>]| found.decode_path::<String>(path).ok().flatten();
        let [names, english] = [PathElement::Key("names"), PathElement::Key("en")];
        let country = PathElement::Key("country");
        let place = Location {
            country_code: text(&[country.clone(), PathElement::Key("iso_code")]),
            city: text(&[PathElement::Key("city"), names.clone(), english.clone()]),
            subdivision: text(&[
                PathElement::Key("subdivisions"),
                PathElement::Index(0),
                names.clone(),
                english.clone(),
            ]),
            region: text(&[country, names, english]),
        };
        (place != Location::default()).then_some(place)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A database by MaxMind's own description of the format, in which all of 1.0.0.0/8 is in one place.
    pub(crate) fn database() -> GeoDatabase {
        let place = json!({
            "city": {"names": {"en": "Vienna", "de": "Wien"}},
            "country": {"iso_code": "AT", "names": {"en": "Austria"}},
            "subdivisions": [{"names": {"en": "Vienna State"}}],
        });
        GeoDatabase::new(bytes(&place)).unwrap()
    }

    fn bytes(place: &Value) -> Vec<u8> {
        // Eight nodes lead through the bits of the first byte; every other way ends at "nothing".
        const NODES: u32 = 8;
        let mut bytes = Vec::new();
        for bit in 0..NODES {
            let next = if bit + 1 == NODES { NODES + 16 } else { bit + 1 };
            let taken = (1_u8 >> (7 - bit)) & 1 == 1;
            let (left, right) = if taken { (NODES, next) } else { (next, NODES) };
            bytes.extend_from_slice(&left.to_be_bytes()[1..]);
            bytes.extend_from_slice(&right.to_be_bytes()[1..]);
        }
        bytes.extend_from_slice(&[0; 16]);
        write(place, &mut bytes);
        bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        let metadata = json!({
            "node_count": {"u32": 8}, "record_size": 24, "ip_version": 4, "database_type": "Test", "languages": ["en"],
            "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": {"u64": 1}, "description": {},
        });
        write(&metadata, &mut bytes);
        bytes
    }

    fn write(value: &Value, bytes: &mut Vec<u8>) {
        let small = |length: usize| u8::try_from(length).unwrap();
        match value {
            Value::String(text) => {
                assert!(text.len() < 29);
                bytes.push((2 << 5) | small(text.len()));
                bytes.extend_from_slice(text.as_bytes());
            }
            Value::Number(number) => {
                // Unsigned, of two bytes.
                bytes.push((5 << 5) | 2);
                bytes.extend_from_slice(&u16::try_from(number.as_u64().unwrap()).unwrap().to_be_bytes());
            }
            Value::Object(map) if map.contains_key("u32") => bytes.extend_from_slice(&[(6 << 5) | 1, small(8)]),
            Value::Object(map) if map.contains_key("u64") => bytes.extend_from_slice(&[1, 9 - 7, 1]),
            Value::Object(map) => {
                bytes.push((7 << 5) | small(map.len()));
                for (key, value) in map {
                    write(&json!(key), bytes);
                    write(value, bytes);
                }
            }
            Value::Array(values) => {
                bytes.extend_from_slice(&[small(values.len()), 11 - 7]);
                values.iter().for_each(|value| write(value, bytes));
            }
            Value::Null | Value::Bool(_) => panic!("not needed"),
        }
    }

    #[test]
    fn finds_the_place_of_an_address() {
        let database = database();
        let found = database.find("1.2.3.4".parse().unwrap()).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = Location {
            country_code: text("AT"),
            city: text("Vienna"),
            subdivision: text("Vienna State"),
            region: text("Austria"),
        };
        assert_eq!(found, expected);
        for nowhere in ["2.2.3.4", "0.0.0.0", "255.1.1.1", "2001:db8::1"] {
            assert_eq!(database.find(nowhere.parse().unwrap()), None, "{nowhere}");
        }
    }

    #[test]
    fn what_is_no_database_is_refused() {
        assert!(GeoDatabase::new(Vec::new()).is_err());
        assert!(GeoDatabase::new(b"GIF89a".to_vec()).is_err());
        // A damaged one is none, or knows nothing.
        let whole = bytes(&json!({"country": {"iso_code": "AT"}}));
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0xff;
            if let Ok(database) = GeoDatabase::new(damaged) {
                database.find("1.2.3.4".parse().unwrap());
            }
        }
    }
}
