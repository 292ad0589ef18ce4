//! Columns that line up, by the width a terminal gives each letter.

use jisr_core::text::Locale;
use unicode_width::UnicodeWidthStr as _;

use super::bidi;
use super::style::{Mood, paint};

/// Lines of the rows, columns two spaces apart; the last one is not filled up.
pub(crate) fn table(rows: &[Vec<(String, Mood)>], locale: Locale) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|(text, _)| text.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    rows.iter().map(|row| bidi::line(&line(row, &widths), locale)).collect()
}

fn line(row: &[(String, Mood)], widths: &[usize]) -> String {
    let mut line = String::new();
    for (at, ((text, mood), width)) in row.iter().zip(widths).enumerate() {
        line.push_str(&paint(text, *mood));
        if at + 1 < row.len() {
            // Outside the colour, so that no underlining or background runs on.
            line.push_str(&" ".repeat(width - text.width() + 2));
        }
    }
    line.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_both_scripts() {
        let cell = |text: &str| (text.to_owned(), Mood::Plain);
        let rows = [vec![cell("REFERENCE"), cell("STATE")], vec![cell("05T8"), cell("مكتملة"), cell("x")]];
        assert_eq!(table(&rows, Locale::En), ["REFERENCE  STATE", "05T8       مكتملة  x"]);
        let isolated =
            [vec![(bidi::isolate("05T8", Locale::Ar), Mood::Good), cell("مكتملة")], vec![cell("أ"), cell("ب")]];
        let lines: Vec<String> =
            table(&isolated, Locale::Ar).iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        assert_eq!(lines, ["\u{200f}\u{2066}05T8\u{2069}  مكتملة", "\u{200f}أ     ب"]);
    }
}
