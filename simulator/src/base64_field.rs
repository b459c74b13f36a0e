//! Fields of bytes in JSON: base64. Protobuf's JSON accepts both alphabets, with or
//! without padding. gcloud sends the other one back than it was answered with.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes; `None` if it is no base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(standard(text)).ok()
}

/// Whether `given` is what was answered, such as an etag.
pub(crate) fn is_same(given: &str, answered: &str) -> bool {
    standard(given) == standard(answered)
}

fn standard(text: &str) -> String {
    text.replace('-', "+").replace('_', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_are_accepted() {
        for text in ["+/8=", "-_8=", "+/8", "-_8"] {
            assert_eq!(decode(text), Some(vec![0xfb, 0xff]), "{text}");
        }
        assert_eq!(decode("?"), None);
        assert!(is_same("-_8=", "+/8=") && !is_same("-_8=", "+/9="));
    }
}
