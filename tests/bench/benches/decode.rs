//! What it costs to read a delivery, by its form.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use events::decode;
use std::hint::black_box;

fn forms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for (form, (headers, body)) in [
        ("wrapped push, 675 B", bench::push()),
        ("wrapped push, 10 MB of data", bench::push_of(10_000_000)),
        ("unwrapped push", bench::unwrapped()),
        ("binary CloudEvent of Eventarc", bench::cloud_event()),
    ] {
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function(form, |bencher| {
            bencher.iter(|| decode(black_box(&headers), black_box(&body)).expect("legal"));
        });
    }
    group.finish();
}

criterion_group!(benches, forms);
criterion_main!(benches);
