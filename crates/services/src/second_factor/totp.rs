//! Codes that a device makes from a shared secret and the time (RFC 6238, SHA-1, six digits, thirty seconds).

use ring::hmac;
use subtle::ConstantTimeEq as _;

/// Bytes of a secret: those of the hash, as RFC 4226 §4 advises.
pub(super) const SECRET_BYTES: usize = 20;

const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;

/// How many steps the clocks may differ.
const SKEW: i64 = 1;

/// The step that a code of now belongs to, if it is right and none of a step up to `last_step`.
pub(super) fn step_of(secret: &[u8], code: &str, seconds: i64, last_step: i64) -> Option<i64> {
    let now = seconds.div_euclid(STEP_SECONDS);
    (now - SKEW..=now + SKEW)
        .filter(|step| *step > last_step)
        .find(|step| code_of(secret, *step).as_bytes().ct_eq(code.as_bytes()).into())
}

fn code_of(secret: &[u8], step: i64) -> String {
    let number = truncated(secret, step) % 10_u32.pow(DIGITS as u32);
    format!("{number:0DIGITS$}")
}

/// RFC 4226 §5.3.
fn truncated(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let offset = usize::from(bytes[bytes.len() - 1] & 0xf);
    let four = bytes[offset..offset + 4]
        .try_into()
        .expect("the offset is at most 15 of 20");
    u32::from_be_bytes(four) & 0x7fff_ffff
}

/// As people type it, and as it stands in the address below (RFC 4648 §6, without padding).
pub(super) fn base32(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    for chunk in bytes.chunks(5) {
        let mut five = [0; 5];
        five[..chunk.len()].copy_from_slice(chunk);
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in 0..(chunk.len() * 8).div_ceil(5) {
            let index = bits >> (35 - 5 * place) & 31;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}

/// The address that a device reads from the QR code.
pub(super) fn key_uri(issuer: &str, account: &str, secret: &str) -> String {
    let (issuer, account) = (plain(issuer), plain(account));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30")
}

/// Percent-encoded but for what stands for itself everywhere.
fn plain(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'@' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn totp_rfc6238_vectors() {
        // Appendix B, SHA-1, of eight digits: the code is the last six.
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = seconds / STEP_SECONDS;
            assert_eq!(truncated(SECRET, step) % 100_000_000, expected, "{seconds}");
            let code = format!("{:06}", expected % 1_000_000);
            assert_eq!(step_of(SECRET, &code, seconds, 0), Some(step));
        }
    }

    #[test]
    fn a_code_is_good_for_a_step_around_its_own_and_never_twice() {
        let code = code_of(SECRET, 100);
        for (step, expected) in [
            (98, None),
            (99, Some(100)),
            (100, Some(100)),
            (101, Some(100)),
            (102, None),
        ] {
            assert_eq!(step_of(SECRET, &code, step * STEP_SECONDS, 0), expected, "{step}");
        }
        assert_eq!(step_of(SECRET, &code, 100 * STEP_SECONDS, 100), None);
        for wrong in ["", "12345", "1234567", "abcdef", "００００００"] {
            assert_eq!(step_of(SECRET, wrong, 0, -10), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_are_written_in_base32() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), expected);
        }
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI");
        assert_eq!(
            key_uri("Tocsin", "a b@example.com", "MY"),
            "otpauth://totp/Tocsin:a%20b@example.com?secret=MY&issuer=Tocsin&algorithm=SHA1&digits=6&period=30"
        );
    }
}
