//! Pages in a real browser: the filter, links into the page, and that nothing is too wide.
//!
//! Where Chromium is not installed the tests say so and pass, unless `WIRECHECK_REQUIRE` names it.
//! The screenshots stay in `target/tmp/pages` for people to look at.
#![allow(missing_docs, clippy::unwrap_used)]

mod percent;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wirecheck::command::matrix::pages;
use wirecheck::published::collect;

use percent::decoded;

/// A desk and a telephone.
const WIDTHS: [u32; 2] = [1280, 390];
/// How long a browser may take for one page.
const LIMIT: Duration = Duration::from_secs(120);

struct Browser(&'static str);

impl Browser {
    fn find() -> Option<Self> {
        let required = std::env::var("WIRECHECK_REQUIRE").unwrap_or_default();
        let required = required.split(',').any(|name| name == "chromium");
        let program = ["chromium", "chromium-browser"].into_iter().find(|program| {
            let version = Command::new(program).arg("--version").stderr(Stdio::null()).output();
            version.is_ok_and(|output| output.status.success())
        });
        assert!(program.is_some() || !required, "chromium is required and not installed");
        if program.is_none() {
            println!("skipped: chromium is not installed");
        }
        program.map(Self)
    }

    /// Opens a page and gives what is printed.
    fn open(&self, page: &Path, width: u32, arguments: &[&str]) -> String {
        let profile = tempfile::tempdir().unwrap();
        let printed = profile.path().join("printed");
        let mut child = Command::new(self.0)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
            .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
            .args(["--disable-component-update", "--hide-scrollbars"])
            .arg("--virtual-time-budget=5000")
            .arg(format!("--window-size={width},1600"))
            .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
            .args(arguments)
            .arg(format!("file://{}", page.display()))
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&printed).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + LIMIT;
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > deadline {
                let _ = child.kill();
                let _ = child.wait();
                panic!("{} is not loaded after {LIMIT:?}", page.display());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        std::fs::read_to_string(&printed).unwrap()
    }

    /// What a script finds on a page. It is the body of an async function and returns what can be
    /// written as JSON.
    fn ask(&self, page: &str, fragment: &str, width: u32, script: &str) -> Value {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let asking = format!(
            "<script>(async () => {{ {HELPERS} {script} }})().catch(error => String(error.stack))\
             .then(found => parent.postMessage(JSON.stringify(found), '*'))</script></html>"
        );
        std::fs::write(file("page.html"), page.replace("</html>", &asking)).unwrap();
        // A window cannot be as narrow as a telephone, a frame in it can.
        let around = format!(
            "<script>onmessage = (event) => {{ const seen = document.createElement('pre'); \
             seen.id = 'seen'; seen.textContent = encodeURIComponent(event.data); \
             document.body.append(seen); }}</script><body style='margin: 0'>\
             <iframe src='page.html{fragment}' style='border: 0; width: {width}px; height: 1600px'>\
             </iframe>"
        );
        std::fs::write(file("around.html"), around).unwrap();
        let dom = self.open(&file("around.html"), 1280, &["--dump-dom"]);
        let (_, rest) =
            dom.split_once("id=\"seen\">").unwrap_or_else(|| panic!("no answer: {dom}"));
        let (text, _) = rest.split_once('<').unwrap();
        serde_json::from_str(&decoded(text)).unwrap()
    }

    /// Takes a picture and says how wide it is.
    fn picture(&self, page: &Path, to: &Path, width: u32, arguments: &[&str]) -> u32 {
        let _ = std::fs::remove_file(to);
        let screenshot = format!("--screenshot={}", to.display());
        let arguments: Vec<&str> =
            [&*screenshot].into_iter().chain(arguments.iter().copied()).collect();
        self.open(page, width, &arguments);
        let png = std::fs::read(to).unwrap();
        assert!(png.starts_with(b"\x89PNG") && png.len() > 20_000, "{}", to.display());
        u32::from_be_bytes(png[16..20].try_into().unwrap())
    }
}

/// What the scripts of the tests have in common.
const HELPERS: &str = "
    const control = (name) => document.querySelector(`form.filter [name=${name}]`);
    const choose = (name, value) => {
        control(name).value = value;
        control(name).dispatchEvent(new Event('input', { bubbles: true }));
    };
    const visible = (element) => element.checkVisibility();
    const rows = () => [...document.querySelectorAll('[data-c]')].filter((row) => !row.hidden);
    const later = (ms) => new Promise((done) => setTimeout(done, ms));
";

fn reports() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("reports")
}

/// The page of mosquitto and that of all implementations, from the published results.
fn published() -> [String; 2] {
    let made = pages(&collect(&[reports()]).unwrap(), &reports()).unwrap();
    let page = |end: &str| made.iter().find(|(path, _)| path.ends_with(end)).unwrap().1.clone();
    [page("mosquitto/2.0.11/index.html"), page("reports/index.html")]
}

#[test]
fn a_filter_shows_what_fits_and_its_state_is_a_link() {
    let Some(browser) = Browser::find() else { return };
    let [report, _] = published();
    let script = "
        const seen = {};
        seen.all = rows().length;
        choose('v', 'fail');
        choose('p', 'mqtt-5.0');
        seen.failing = rows().map((row) => row.dataset.v + row.dataset.p);
        seen.articles = [...document.querySelectorAll('article')].filter(visible).length;
        seen.said = document.querySelector('form output').textContent;
        seen.link = location.hash;
        seen.open = rows().every(visible);
        seen.empty = [...document.querySelectorAll('[data-g]')]
            .filter((group) => visible(group) && ![...group.querySelectorAll('[data-v]')].some(visible)).length;
        choose('q', 'no such thing anywhere');
        seen.none = rows().length + [...document.querySelectorAll('article')].filter(visible).length;
        document.querySelector('form button').click();
        await later(50);
        seen.again = rows().length;
        seen.closed = rows().filter(visible).length;
        seen.plain = location.hash;
        return seen;";
    let seen = browser.ask(&report, "", 1280, script);
    let failing = seen["failing"].as_array().unwrap_or_else(|| panic!("{seen}"));
    assert!(
        !failing.is_empty() && failing.iter().all(|it| *it == "fail problemmqtt-5.0"),
        "{seen}"
    );
    assert_eq!(seen["articles"], failing.len(), "{seen}");
    assert_eq!(seen["link"], "#?v=fail&p=mqtt-5.0");
    assert_eq!(seen["said"], format!("{} of {} checks", failing.len(), seen["all"]));
    assert_eq!(
        [&seen["open"], &seen["empty"], &seen["none"]],
        [&json!(true), &json!(0), &json!(0)]
    );
    assert_eq!(seen["again"], seen["all"]);
    assert_eq!([&seen["closed"], &seen["plain"]], [&json!(0), &json!("")], "as it was");

    // The link shows the same to somebody else.
    let script = "return [rows().length, control('v').value, control('p').value];";
    let there = browser.ask(&report, "#?v=fail&p=mqtt-5.0", 1280, script);
    assert_eq!(there, json!([failing.len(), "fail", "mqtt-5.0"]));
    // What the page does not have chooses nothing, and words may be of the requirement.
    let there = browser.ask(&report, "#?v=nonsense&q=WILL+published", 1280, script);
    let number = there[0].as_u64().unwrap();
    assert!((1..200).contains(&number) && there[1] == "", "{there}");
}

#[test]
fn a_link_to_a_check_shows_it() {
    let Some(browser) = Browser::find() else { return };
    let [report, _] = published();
    let id = "mqtt-5.0/will/takeover#alive";
    let row = report.split(" id=\"").find_map(|rest| {
        let id = rest.split('"').next()?;
        (id.contains("[") && rest.contains("data-v=\"pass\"")).then(|| id.to_owned())
    });
    let id = row.unwrap_or_else(|| id.to_owned());
    let script = format!(
        "const target = document.getElementById({id:?});
         const seen = [visible(target)];
         choose('v', 'fail');
         seen.push(visible(target));
         location.hash = '';
         location.hash = '#' + encodeURIComponent({id:?});
         await later(50);
         seen.push(visible(target), control('v').value);
         return seen;"
    );
    let fragment = format!("#{}", wirecheck::render::page::percent(&id));
    let seen = browser.ask(&report, &fragment, 1280, &script);
    assert_eq!(seen, json!([true, false, true, ""]), "{id}");
}

#[test]
fn the_matrix_tells_who_breaks_what() {
    let Some(browser) = Browser::find() else { return };
    let [_, index] = published();
    let script = "
        const seen = { all: rows().length };
        const fails = (row) => [...row.querySelectorAll('td')]
            .filter((cell) => /fail|warn/.test(cell.className)).length;
        choose('w', 'only:mosquitto/2.0.11');
        seen.only = rows().map((row) => [row.id, fails(row), visible(row)]);
        choose('w', 'differ');
        seen.differ = rows().map((row) => fails(row));
        choose('w', '');
        choose('l', 'should');
        seen.should = rows().map((row) => row.querySelector('.level').textContent);
        choose('l', '');
        choose('q', 'MQTT5-3.1.2-3 ');
        seen.found = rows().map((row) => row.id);
        return seen;";
    let seen = browser.ask(&index, "", 1280, script);
    let only = seen["only"].as_array().unwrap_or_else(|| panic!("{seen}"));
    assert!(!only.is_empty() && only.iter().all(|it| it[1] == 1 && it[2] == true), "{seen}");
    let differ = seen["differ"].as_array().unwrap();
    assert!(differ.len() > only.len() && differ.iter().all(|it| *it != 0), "{seen}");
    let should = seen["should"].as_array().unwrap();
    let fits = |it: &Value| it.as_str().is_some_and(|it| it.starts_with("SHOULD"));
    assert!(!should.is_empty() && should.iter().all(fits), "{seen}");
    assert!(seen["found"].as_array().unwrap().contains(&json!("MQTT5-3.1.2-3")), "{seen}");
}

#[test]
fn commands_can_be_copied() {
    let Some(browser) = Browser::find() else { return };
    let [report, _] = published();
    let script = "
        let copied;
        Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { copied = text; } } });
        const command = document.querySelector('article .command');
        command.querySelector('button').click();
        await later(50);
        return [copied === command.querySelector('code').textContent, copied,
            command.querySelector('button').textContent];";
    let seen = browser.ask(&report, "", 1280, script);
    assert_eq!(seen[0], true, "{seen}");
    assert!(seen[1].as_str().unwrap().starts_with("wirecheck run "), "{seen}");
    assert_eq!(seen[2], "copied");
}

#[test]
fn nothing_is_too_wide_for_a_desk_or_a_telephone() {
    let Some(browser) = Browser::find() else { return };
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in ["report", "matrix"].into_iter().zip(published()) {
        for width in WIDTHS {
            let script = "
                for (const details of document.querySelectorAll('details')) details.open = true;
                const root = document.documentElement;
                const wide = [...document.querySelectorAll('main *')]
                    .filter((it) => !it.closest('pre') && it.getBoundingClientRect().right > innerWidth + 1);
                return [innerWidth, root.scrollWidth, wide.slice(0, 3).map((it) => it.outerHTML.slice(0, 200))];";
            let seen = browser.ask(&page, "", width, script);
            assert_eq!(seen[0], width, "the window: {seen}");
            assert!(seen[1].as_u64().unwrap() <= u64::from(width), "{name} at {width}: {seen}");
            assert_eq!(seen[2], json!([]), "{name} at {width}");
            let file = folder.join(format!("{name}.html"));
            std::fs::write(&file, &page).unwrap();
            let picture = folder.join(format!("{name}-{width}.png"));
            assert_eq!(browser.picture(&file, &picture, width, &[]), width);
        }
        let (file, picture) =
            (folder.join(format!("{name}.html")), folder.join(format!("{name}-dark.png")));
        browser.picture(&file, &picture, 1280, &["--force-dark-mode"]);
    }
}

#[test]
fn without_script_everything_can_be_read() {
    let Some(browser) = Browser::find() else { return };
    let [report, _] = published();
    let bare = report.split("<script>").next().unwrap().to_owned() + "</html>";
    let script = "
        const hidden = [...document.querySelectorAll('main > *, article, [data-g]')]
            .filter((it) => !visible(it) && !it.closest('details:not([open])'));
        for (const details of document.querySelectorAll('details')) details.open = true;
        return [hidden.map((it) => it.className), rows().every(visible)];";
    assert_eq!(browser.ask(&bare, "", 1280, script), json!([["filter"], true]));
}

#[test]
fn a_report_of_a_run_is_a_page() {
    let Some(browser) = Browser::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_wirecheck"))
        .args(["run", "--spec", "mqtt-5.0", "--case", "mqtt-5.0/vectors/first-packet*"])
        .args(["--fault", "tolerates-reserved-bits", "--out"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert_eq!(status.unwrap().code(), Some(1));
    let page = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    let script = "
        const caret = document.querySelector('article pre b');
        return [document.querySelector('.headline').textContent, caret.textContent.trim(),
            document.querySelector('article dd.fail').textContent.includes('still open')];";
    let seen = browser.ask(&page, "", 390, script);
    let headline = seen[0].as_str().unwrap_or_else(|| panic!("{seen}"));
    assert!(headline.starts_with("1 of ") && headline.ends_with("is broken"), "{seen}");
    assert!(seen[1].as_str().unwrap().starts_with("^^ connect_flags"), "{seen}");
    assert_eq!(seen[2], true);
}
