//! Packed files: whatever is claimed, no more is unpacked than is allowed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::unpack::Packing;

const LIMIT: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    for packing in [Packing::of_file(input), Packing::of_recording(input)]
        .into_iter()
        .flatten()
    {
        let mut bytes = 0;
        let in_pieces = packing.pieces(input, LIMIT, &mut |piece| {
            bytes += piece.len();
            true
        });
        assert!(bytes <= LIMIT, "{bytes} bytes");
        match packing.unpack(input, LIMIT) {
            Ok(whole) => {
                assert!(in_pieces.is_ok());
                assert_eq!(whole.len(), bytes);
            }
            Err(_) => assert!(in_pieces.is_err()),
        }
    }
});
