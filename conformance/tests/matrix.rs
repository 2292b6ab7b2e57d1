//! `wirecheck matrix` from outside: what it writes, refuses and leaves alone. The pages of the
//! published results are committed; `WIRECHECK_BLESS=1` rewrites them.
#![allow(missing_docs, clippy::unwrap_used)]

mod percent;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};

use wirecheck::command::matrix::pages;
use wirecheck::published::collect;
use wirecheck::result::RunResult;

use percent::decoded;

fn reports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("reports")
}

/// The exit, and what was printed on both streams.
fn matrix(arguments: &[&Path]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_wirecheck"))
        .arg("matrix")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn the_committed_pages_are_what_is_made_of_the_committed_results() {
    let made = pages(&collect(&[reports()]).unwrap(), &reports()).unwrap();
    let size: usize = made.iter().map(|(_, page)| page.len()).sum();
    assert!(size < 6_000_000, "{size} bytes: too much to commit");
    for (path, page) in &made {
        assert!(page.len() < 1_000_000, "{}: {} bytes", path.display(), page.len());
        if std::env::var_os("WIRECHECK_BLESS").is_some() {
            std::fs::write(path, page).unwrap();
        }
        assert!(
            std::fs::read_to_string(path).is_ok_and(|committed| committed == *page),
            "{} is not what `wirecheck matrix reports` makes; run this test with WIRECHECK_BLESS=1",
            path.display()
        );
    }
}

/// The values of an attribute, as they are meant.
fn attributes<'p>(page: &'p str, start: &str) -> impl Iterator<Item = String> + use<'p> {
    let parts: Vec<&str> = page.split(start).skip(1).collect();
    parts.into_iter().filter_map(|rest| {
        let value = rest.split('"').next()?;
        Some(
            value
                .replace("&quot;", "\"")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&#39;", "'")
                .replace("&amp;", "&"),
        )
    })
}

/// A path without `..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_leads_somewhere_and_every_check_has_an_anchor() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = matrix(&[&reports(), Path::new("--out"), folder.path()]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("broken by at least one") && text.contains("index.html"), "{text}");
    let results = collect(&[reports()]).unwrap();
    let mut pages: BTreeMap<PathBuf, String> = BTreeMap::new();
    for published in &results {
        let path = folder.path().join(published.key()).join("index.html");
        pages.insert(path.clone(), std::fs::read_to_string(&path).unwrap());
    }
    let index = folder.path().join("index.html");
    pages.insert(index.clone(), std::fs::read_to_string(&index).unwrap());
    let mut ids: BTreeMap<&Path, BTreeSet<String>> = BTreeMap::new();
    for (path, page) in &pages {
        let all: Vec<String> = attributes(page, " id=\"").collect();
        let once: BTreeSet<String> = all.iter().cloned().collect();
        assert_eq!(all.len(), once.len(), "{}: an id stands twice", path.display());
        ids.insert(path, once);
    }
    let mut links = 0;
    for (path, page) in &pages {
        for href in attributes(page, "<a href=\"") {
            let (file, id) = href.split_once('#').unwrap_or((&href, ""));
            let file = match file {
                "" => path.clone(),
                file => plain(&path.parent().unwrap().join(decoded(file))),
            };
            let known = ids.get(file.as_path());
            let known = known.unwrap_or_else(|| panic!("{}: {href}", path.display()));
            assert!(id.is_empty() || known.contains(&decoded(id)), "{}: {href}", path.display());
            links += 1;
        }
    }
    assert!(links > 1000, "{links} links");
    for published in &results {
        let known = &ids[folder.path().join(published.key()).join("index.html").as_path()];
        for check in &published.result.checks {
            assert!(known.contains(&check.id), "{} has no anchor", check.id);
            // What is only reported has no requirement.
            let requirement = &check.requirement;
            assert!(requirement.is_empty() || known.contains(requirement), "{requirement}");
        }
    }
}

#[test]
fn a_page_needs_nothing_beside_it_and_no_script() {
    for (path, page) in pages(&collect(&[reports()]).unwrap(), &reports()).unwrap() {
        let name = path.display();
        for outside in
            ["src=", "url(", "@import", "href=\"http", "href=\"//", "fetch(", "<link rel=\"s"]
        {
            assert!(!page.contains(outside), "{name}: {outside}");
        }
        let (body, _) = page.split_once("<script>").unwrap();
        let (_, body) = body.split_once("</style>").unwrap();
        // The filter is all that a page without script does not show.
        assert_eq!(body.matches(" hidden").count(), 1, "{name}");
        assert!(body.contains("<form class=\"filter\"") && !body.contains(" onclick"), "{name}");
    }
}

/// A folder with one result, `name/1`, with something done to it.
fn one(name: &str, change: impl FnOnce(&mut RunResult)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join(name).join("1");
    std::fs::create_dir_all(&place).unwrap();
    let mut result = RunResult::load(&reports().join("mosquitto/2.0.11/result.json")).unwrap();
    result.checks.truncate(40);
    change(&mut result);
    let text = wirecheck::render::json::render(&result).unwrap();
    std::fs::write(place.join("result.json"), text).unwrap();
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_cannot_be_used_is_refused_and_nothing_is_written() {
    let good = one("good", |_| {});
    let other = one("other", |result| result.schema = "wirecheck/result/9".to_owned());
    let cut = one("cut", |_| {});
    let file = cut.path().join("cut/1/result.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    let twin = one("good", |_| {});
    let out = tempfile::tempdir().unwrap();
    for (bad, words) in [
        (other.path(), "result.json: a result of another version: wirecheck/result/9"),
        (cut.path(), "not the whole of a JSON file"),
        (twin.path(), "two results of "),
        (Path::new("/nowhere/at/all"), "/nowhere/at/all: No such file"),
    ] {
        let (code, text) = matrix(&[good.path(), bad, Path::new("--out"), out.path()]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(words), "{words:?} is not in {text}");
        assert_eq!(names(out.path()), [""; 0]);
    }
    let (code, text) = matrix(&[]);
    assert_eq!(code, Some(2), "{text}");
}

#[test]
fn a_folder_that_cannot_be_written_to_stays_as_it_is() {
    let good = one("good", |_| {});
    let (code, text) = matrix(&[good.path(), Path::new("--out"), Path::new("/proc/nowhere")]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("cannot write to /proc/nowhere"), "{text}");
    // The page of the implementation has no place, so there is no index either.
    let out = tempfile::tempdir().unwrap();
    std::fs::write(out.path().join("good"), "a file").unwrap();
    let (code, text) = matrix(&[good.path(), Path::new("--out"), out.path()]);
    assert_eq!(code, Some(2), "{text}");
    assert_eq!(names(out.path()), ["good"]);
    // A folder stands where the last page is to be.
    let out = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(out.path().join("index.html/x")).unwrap();
    let (code, text) = matrix(&[good.path(), Path::new("--out"), out.path()]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("index.html: "), "{text}");
    assert_eq!(names(&out.path().join("good/1")), [""; 0]);
}

#[test]
fn what_is_withheld_is_on_no_page() {
    let folder = one("good", |result| {
        let check = result.checks.iter_mut().find(|check| check.log.is_none()).unwrap();
        check.verdict = wirecheck::verdict::Verdict::Fail;
        check.withheld = true;
        for text in [&mut check.expected, &mut check.observed, &mut check.again, &mut check.outcome]
        {
            *text = "secret-bytes".to_owned();
        }
        check.by_hand = Some("secret-bytes".to_owned());
        check.reason = Some("secret-bytes".to_owned());
    });
    let (code, text) = matrix(&[folder.path(), Path::new("--out"), folder.path()]);
    assert_eq!(code, Some(0), "{text}");
    let page = std::fs::read_to_string(folder.path().join("good/1/index.html")).unwrap();
    assert!(page.contains("withheld") && !page.contains("secret-bytes"));
    let index = std::fs::read_to_string(folder.path().join("index.html")).unwrap();
    assert!(index.contains("fail 1/") && !index.contains("secret-bytes"));
}
