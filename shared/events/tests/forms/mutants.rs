//! Mutated deliveries of every form: none panics, and every decoded event can be
//! encoded and decoded again.

use crate::delivery;

use bytes::Bytes;
use http::HeaderMap;
use std::{fs, path::Path};

/// SplitMix64: a small generator with the same results on every machine.
struct Seeded(u64);

impl Seeded {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("below a usize")
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

/// Tokens that replace parts of a delivery.
const TOKENS: [&[u8]; 24] = [
    b"null",
    b"[]",
    b"{}",
    b"[{}]",
    b"true",
    b"-1",
    b"1e999",
    b"99999999999999999999999999",
    b"\"\"",
    b"\"\\ud800\"",
    b"\"\\u0000\"",
    b"\"\xff\xfe\"",
    b"\"-_8\"",
    b"\"+/8=\"",
    b"\"not base64!\"",
    b"\"2026-13-45T99:99:99Z\"",
    b"\"message\":null,",
    b"\"message\":{},",
    b"\"data\":\"\",",
    b"\"messageId\":\"1\",",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":",
    b"\n\n",
    b"ce-type: google.cloud.pubsub.topic.v1.messagePublished\n",
];

/// One change of the bytes, or of the JSON's structure.
fn mutate(rng: &mut Seeded, text: &mut Vec<u8>, other: &[u8]) {
    let at = rng.below(text.len());
    let end = (at + 1 + rng.below(24)).min(text.len());
    match rng.below(9) {
        0 if !text.is_empty() => text[at] ^= 1 << rng.below(8),
        1 => text.insert(at, u8::try_from(rng.below(256)).expect("a byte")),
        2 => drop(text.drain(at..end)),
        3 => text.truncate(at),
        4 => {
            let part = text[at..end].to_vec();
            text.splice(at..at, part);
        }
        5 => drop(text.splice(at..end, rng.pick(&TOKENS).iter().copied())),
        // The head of one form with the body of another.
        6 => {
            text.truncate(split(text));
            text.extend_from_slice(&other[split(other)..]);
        }
        // A value of the body for another one: strings, numbers, objects.
        7 | 8 => {
            let body = split(text);
            let spots: Vec<usize> = (body..text.len()).filter(|i| text[*i] == b':').collect();
            if let Some(spot) = spots.get(rng.below(spots.len())) {
                let value = serde_json::Deserializer::from_slice(&text[spot + 1..])
                    .into_iter::<serde::de::IgnoredAny>();
                let mut value = value;
                if let Some(Ok(_)) = value.next() {
                    let length = value.byte_offset();
                    let token = rng.pick(&TOKENS).iter().copied();
                    text.splice(spot + 1..spot + 1 + length, token);
                }
            }
        }
        _ => {}
    }
}

/// The offset of the body.
fn split(text: &[u8]) -> usize {
    if text.first() == Some(&b'\n') {
        return 1;
    }
    let at = text.windows(2).position(|pair| pair == b"\n\n");
    at.map_or(text.len(), |at| at + 2)
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the seeds")
        .map(|entry| entry.expect("a file").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a seed"))
        .collect()
}

fn run(text: &[u8]) -> delivery::Counts {
    let (headers, body): (HeaderMap, Bytes) = delivery::read(text);
    delivery::check(&headers, &body)
}

#[test]
fn all_seeds_but_two_are_decoded() {
    let seeds = seeds();
    let read = seeds.iter().filter(|seed| run(seed).decoded > 0).count();
    assert_eq!(read, seeds.len() - 2, "`cut` and `nested` are broken");
}

#[test]
fn no_mutant_panics() {
    const MUTANTS: usize = 20_000;
    let seeds = seeds();
    let mut rng = Seeded(20_261_122);
    let (mut decoded, mut written, mut typed) = (0, 0, 0);
    for _ in 0..MUTANTS {
        let mut text = seeds[rng.below(seeds.len())].clone();
        for _ in 0..=rng.below(4) {
            let other = &seeds[rng.below(seeds.len())];
            mutate(&mut rng, &mut text, other);
        }
        let counts = run(&text);
        decoded += usize::from(counts.decoded > 0);
        written += usize::from(counts.encoded > 0);
        typed += usize::from(counts.typed > 0);
    }
    // The mutants must be neither harmless nor hopeless.
    let counts = format!("{decoded} decoded, {written} written, {typed} typed");
    assert!(
        (MUTANTS / 4..MUTANTS * 3 / 4).contains(&decoded),
        "{counts}"
    );
    assert!(written > MUTANTS / 20, "{counts}");
    assert!(typed > MUTANTS / 100, "{counts}");
}
