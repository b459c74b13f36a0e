use super::*;
use crate::testing::{FakeCloud, assignment, bucket};
use std::sync::Arc;
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    time::timeout,
};

const LONG: Duration = Duration::from_secs(3600);
const BOUND: Duration = Duration::from_secs(30);

/// Tiny parts, and nothing that time alone sets off.
fn limits() -> LogLimits {
    LogLimits {
        early: Flush {
            interval: LONG,
            size: 4,
        },
        early_for: LONG,
        late: Flush {
            interval: LONG,
            size: 4,
        },
        part_size: 4,
        buffer_size: 128 * KIB,
        tail_size: 3,
        drop_after: LONG,
        drain_timeout: LONG,
    }
}

fn start(fake: &Arc<FakeCloud>, limits: LogLimits) -> (Log, DuplexStream) {
    let (ours, theirs) = duplex(64 * KIB);
    let a = assignment();
    (
        Log::start(theirs, bucket(fake), a.objects(), a.attempt, limits),
        ours,
    )
}

async fn finish(log: Log, last_line: Option<&str>, tail: usize) -> WrittenLog {
    let finish = log.finish(last_line.map(Into::into), tail);
    timeout(BOUND, finish).await.expect("the log is written")
}

async fn until(fake: &FakeCloud, is: impl Fn(&crate::testing::FakeState) -> bool) {
    timeout(BOUND, fake.until(is)).await.expect("it happens");
}

#[tokio::test]
async fn parts_and_tail_are_the_output_in_order() {
    let fake = FakeCloud::new(assignment());
    fake.update(|cloud| (cloud.failures, cloud.lose_answer) = (2, true));
    let (log, mut output) = start(&fake, limits());
    output.write_all(b"abcdefghijklmnop").await.expect("read");
    drop(output);
    let written = finish(log, Some("bye"), 3).await;
    let cloud = fake.snapshot();
    let all = cloud.output() + std::str::from_utf8(&written.tail).expect("UTF-8");
    assert_eq!(all, "abcdefghijklmnop\nbye\n");
    assert_eq!(written.tail, "ye\n");
    assert_eq!(cloud.objects.len(), written.parts as usize);
    assert!(
        cloud
            .objects
            .values()
            .all(|part| (1..=4).contains(&part.len()))
    );
}

#[tokio::test]
async fn small_output_is_written_while_the_command_runs() {
    let fake = FakeCloud::new(assignment());
    let usual = LogLimits::default();
    let early = Flush {
        interval: Duration::from_millis(1),
        ..usual.early
    };
    let (log, mut output) = start(&fake, LogLimits { early, ..usual });
    output.write_all(b"first\n").await.expect("read");
    until(&fake, |cloud| cloud.output() == "first\n").await;
    output.write_all(b"second\n").await.expect("read");
    until(&fake, |cloud| cloud.output() == "first\nsecond\n").await;
    drop(output);
    let written = finish(log, None, 64).await;
    assert_eq!((written.parts, written.tail.len()), (2, 0));
}

#[tokio::test]
async fn later_output_is_written_in_fewer_parts() {
    let fake = FakeCloud::new(assignment());
    let late = Flush {
        interval: LONG,
        size: 12,
    };
    let (part_size, early_for) = (64, Duration::ZERO);
    let usual = limits();
    let (log, mut output) = start(
        &fake,
        LogLimits {
            late,
            part_size,
            early_for,
            ..usual
        },
    );
    for piece in [b"abcd", b"efgh", b"ijkl"] {
        // Neither the first nor the second is enough to be written.
        assert_eq!(fake.snapshot().output(), "");
        output.write_all(piece).await.expect("read");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    until(&fake, |cloud| cloud.output() == "abcdefghijkl").await;
    drop(output);
    assert_eq!(finish(log, None, 3).await.parts, 1);
}

#[tokio::test]
async fn a_bucket_that_is_down_does_not_block_the_command_for_ever() {
    let fake = FakeCloud::new(assignment());
    fake.update(|cloud| cloud.failures = u32::MAX);
    let drop_after = Duration::from_millis(1);
    let usual = limits();
    let (log, mut output) = start(
        &fake,
        LogLimits {
            part_size: 64 * KIB,
            drop_after,
            ..usual
        },
    );
    let size = 4 * KIB * KIB;
    let all = timeout(BOUND, output.write_all(&vec![b'x'; size])).await;
    all.expect("the command is not held").expect("read");
    output.write_all(b"last words").await.expect("read");
    drop(output);
    fake.update(|cloud| cloud.failures = 0);
    let written = finish(log, None, 3).await;
    let text = fake.snapshot().output() + std::str::from_utf8(&written.tail).expect("UTF-8");
    assert!(text.ends_with("last words"));
    assert!(text.len() < 300 * KIB, "{} bytes were kept", text.len());
    let dropped: usize = text
        .split("groundcrew: ")
        .skip(1)
        .filter_map(|line| line.split(' ').next()?.parse::<usize>().ok())
        .sum();
    let kept = text.matches('x').count();
    assert_eq!(kept + dropped, size, "what is missing is counted");
}

#[tokio::test]
async fn a_slow_bucket_blocks_the_command_and_loses_nothing() {
    let fake = FakeCloud::new(assignment());
    fake.update(|cloud| cloud.failures = 8);
    let usual = limits();
    let (log, mut output) = start(
        &fake,
        LogLimits {
            part_size: 64 * KIB,
            ..usual
        },
    );
    let size = 1024 * KIB;
    let all = timeout(BOUND, output.write_all(&vec![b'x'; size])).await;
    all.expect("the bucket works in the end").expect("read");
    drop(output);
    finish(log, None, 0).await;
    assert_eq!(fake.snapshot().output().len(), size);
}

#[tokio::test]
async fn a_pipe_that_stays_open_is_closed_after_the_drain_timeout() {
    let fake = FakeCloud::new(assignment());
    let drain_timeout = Duration::from_millis(1);
    let (log, _open) = start(
        &fake,
        LogLimits {
            drain_timeout,
            ..limits()
        },
    );
    let written = finish(log, Some("bye"), 64).await;
    assert_eq!((written.parts, written.tail), (0, "bye\n".into()));
}
