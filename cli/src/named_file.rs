//! Files that the user names: regular ones, up to a size. A pipe could wait for
//! ever, and a device could have no end.

use anyhow::{Context, Result, bail};
use std::{fs::File, io::Read, path::Path};

/// The bytes of the regular file at `path`, at most `limit`.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let name = path.display();
    // Asked by name: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read {name}"))?;
    if !metadata.is_file() {
        bail!("{name} is not a regular file: write its content to one first");
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read {name}"))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > limit) {
        bail!("{name} is larger than {limit} bytes");
    }
    Ok(bytes)
}

/// [`read`], as text.
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String> {
    let bytes = read(path, limit)?;
    String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_up_to_a_size_are_read() {
        let folder = std::env::temp_dir().join(format!("groundcrew-named-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("file");
        std::fs::write(&file, "text").expect("written");
        assert_eq!(read_text(&file, 4).expect("read"), "text");
        let link = folder.join("link");
        std::os::unix::fs::symlink(&file, &link).expect("linked");
        assert_eq!(read_text(&link, 4).expect("read"), "text");
        let pipe = folder.join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo").success());
        for (path, limit, says) in [
            (file.as_path(), 3, "larger than 3 bytes"),
            (&pipe, 4, "not a regular file"),
            (&folder, 4, "not a regular file"),
            (Path::new("/dev/zero"), 4, "not a regular file"),
            (&folder.join("none"), 4, "cannot read"),
        ] {
            let error = read(path, limit).expect_err("refused").to_string();
            assert!(error.contains(says), "{error}");
        }
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}
