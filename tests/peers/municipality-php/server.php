<?php
/**
 * A foreign peer for tests: building control behind PHP's SOAP extension, whose WSDL is another dialect than spyne's.
 *
 *     PEER_DB=FILE PEER_PASSWORD=sesame php -S 127.0.0.1:PORT server.php
 *
 * Beside SOAP on /BuildingControl it serves, for the tests alone, GET /records and POST /control: {"spoil": N} has the next
 * N calls carried out and answered as PHP answers when a script dies, {"zone": "+04:00"} adds a zone to every date.
 */

declare(strict_types=1);

const RULES = [
    ['plotNo', '999', 'BC-201', 'قطعة الأرض محل نزاع', 'The plot is under dispute'],
    ['plotNo', '000', 'BC-202', 'رقم قطعة الأرض غير مسجل', 'The plot number is not registered'],
    ['tradeLicenceNo', '999', 'BC-203', 'الرخصة التجارية موقوفة', 'The trade licence is suspended'],
    ['premisesNo', '999', 'BC-204', 'الوحدة مؤجرة بعقد سارٍ', 'The premises are let already'],
];
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';

function database(): SQLite3
{
    $db = new SQLite3((string) getenv('PEER_DB'));
    $db->busyTimeout(10_000);
    $db->exec('CREATE TABLE IF NOT EXISTS submissions (seq INTEGER PRIMARY KEY AUTOINCREMENT, our_reference TEXT NOT NULL,
        issued TEXT NOT NULL, withdrawn TEXT, request TEXT NOT NULL)');
    $db->exec('CREATE TABLE IF NOT EXISTS control (name TEXT PRIMARY KEY, value TEXT NOT NULL)');
    return $db;
}

function control(SQLite3 $db, string $name, string $default): string
{
    $found = $db->querySingle("SELECT value FROM control WHERE name = '" . SQLite3::escapeString($name) . "'");
    return $found === null ? $default : (string) $found;
}

function fault(string $side, string $code, string $arabic, string $english): SoapFault
{
    $detail = (object) ['code' => $code, 'textAr' => $arabic, 'textEn' => $english];
    return new SoapFault("$side.$code", "$arabic / $english", null, $detail);
}

/** One object serves one call. */
final class BuildingControl
{
    private readonly SQLite3 $db;

    public function __construct()
    {
        $this->db = database();
    }

    public function SubmitNoc(object $request): array
    {
        return $this->submit($request);
    }

    public function SubmitFoodPermit(object $request): array
    {
        return $this->submit($request);
    }

    public function SubmitTenancy(object $request): array
    {
        return $this->submit($request);
    }

    public function FindNoc(object $request): array
    {
        return ['return' => $this->result($this->known($request->ourReference))];
    }

    public function WithdrawNoc(object $request): array
    {
        $row = $this->known($request->ourReference);
        if ($row['withdrawn'] === null) {
            $row['withdrawn'] = $this->now();
            $statement = $this->db->prepare('UPDATE submissions SET withdrawn = :at WHERE our_reference = :reference');
            $statement->bindValue(':at', $row['withdrawn']);
            $statement->bindValue(':reference', $request->ourReference);
            $statement->execute();
        }
        return ['return' => ['withdrawnDate' => $this->date($row['withdrawn'])]];
    }

    private function submit(object $request): array
    {
        foreach (RULES as [$field, $begins, $code, $arabic, $english]) {
            if (str_starts_with((string) ($request->$field ?? ''), $begins)) {
                throw fault('Client', $code, $arabic, $english);
            }
        }
        $statement = $this->db->prepare('INSERT INTO submissions (our_reference, issued, request) VALUES (?, ?, ?)');
        $statement->bindValue(1, $request->ourReference);
        $statement->bindValue(2, $this->now());
        $statement->bindValue(3, json_encode($request, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR));
        $statement->execute();
        return ['return' => $this->result($this->known($request->ourReference))];
    }

    private function known(string $reference): array
    {
        $statement = $this->db->prepare('SELECT * FROM submissions WHERE our_reference = ? ORDER BY seq LIMIT 1');
        $statement->bindValue(1, $reference);
        $row = $statement->execute()->fetchArray(SQLITE3_ASSOC);
        if ($row === false) {
            throw fault('Client', 'BC-404', 'لا توجد معاملة بهذا المرجع', 'No application under this reference');
        }
        return $row;
    }

    private function result(array $row): array
    {
        $withdrawn = $row['withdrawn'] === null ? [] : ['withdrawnDate' => $this->date($row['withdrawn'])];
        return [
            'nocNumber' => sprintf('BC-%s-%06d', substr($row['issued'], 0, 4), $row['seq']),
            'status' => 'APPROVED',
            'remarksAr' => 'تمت الموافقة على الطلب',
            'remarksEn' => 'The application is approved',
            'issueDate' => $this->date($row['issued']),
        ] + $withdrawn;
    }

    private function now(): string
    {
        return (new DateTimeImmutable('now', new DateTimeZone('Asia/Dubai')))->format('Y-m-d\TH:i:s');
    }

    private function date(string $local): string
    {
        return $local . control($this->db, 'zone', '');
    }
}

/** Whether the message carries our user name and the digest of our password. */
function trusted(string $message): bool
{
    $document = new DOMDocument();
    if (!@$document->loadXML($message, LIBXML_NONET)) {
        return false;
    }
    $text = fn (string $space, string $name): string
        => trim($document->getElementsByTagNameNS($space, $name)->item(0)?->textContent ?? '');
    $nonce = base64_decode($text(WSSE, 'Nonce'), true);
    $digest = base64_encode(sha1($nonce . $text(WSU, 'Created') . getenv('PEER_PASSWORD'), true));
    return $text(WSSE, 'Username') === 'jisr' && hash_equals($digest, $text(WSSE, 'Password'));
}

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$body = file_get_contents('php://input');
$db = database();
if ($path === '/records') {
    header('Content-Type: application/json; charset=utf-8');
    $rows = [];
    $found = $db->query('SELECT our_reference, withdrawn, request FROM submissions ORDER BY seq');
    while ($row = $found->fetchArray(SQLITE3_ASSOC)) {
        $rows[] = $row;
    }
    echo json_encode(['submissions' => $rows], JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    return;
}
if ($path === '/control') {
    foreach (json_decode($body, true, 8, JSON_THROW_ON_ERROR) as $name => $value) {
        $statement = $db->prepare('INSERT OR REPLACE INTO control VALUES (?, ?)');
        $statement->bindValue(1, $name);
        $statement->bindValue(2, (string) $value);
        $statement->execute();
    }
    header('Content-Type: application/json; charset=utf-8');
    echo '{}';
    return;
}
ini_set('soap.wsdl_cache_enabled', '0');
$server = new SoapServer(__DIR__ . '/building-control.wsdl');
$server->setObject(new BuildingControl());
if (!trusted($body)) {
    $refusal = fault('Client', 'BC-401', 'اسم المستخدم أو كلمة المرور غير صحيحة', 'Wrong user name or password');
    $server->fault($refusal->faultcode, $refusal->faultstring, '', $refusal->detail);
    return;
}
$spoil = (int) control($db, 'spoil', '0');
ob_start();
// Checked above; what the extension does not know it must not refuse.
$server->handle(preg_replace('/<([\w-]+:)?Header\b.*<\/([\w-]+:)?Header>/s', '', $body));
$answer = ob_get_clean();
if ($spoil > 0) {
    $db->exec("UPDATE control SET value = " . ($spoil - 1) . " WHERE name = 'spoil'");
    header('Content-Type: text/html; charset=UTF-8');
    http_response_code(200);
    $answer = "<br />\n<b>Fatal error</b>:  Allowed memory size of 134217728 bytes exhausted in <b>/srv/bc/index.php</b>";
}
echo $answer;
