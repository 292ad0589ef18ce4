// What the directorate decides, and when. Nothing here knows of HTTP.
//
// The serial of a residence file says what becomes of its renewal, the Makani number what becomes of a change of address:
// see README.md.

const DAY = 86400000
const day = (time) => new Date(time).toISOString().slice(0, 10)

const APPROVED = { ar: 'تمت الموافقة على تجديد تصريح الإقامة', en: 'The residence permit is renewed' }
const MOVED = { ar: 'تم تحديث عنوان السكن في ملف الإقامة', en: 'The address on the residence file is updated' }
const GRACE = { ar: 'انقضت المهلة المسموح بها لتجديد التصريح', en: 'The period of grace for renewal is over' }
const SPONSOR = { ar: 'يرجى تزويدنا برقم ملف الكفيل', en: "Please give the sponsor's file number" }

const serial = (application) => (application.ResidenceFileNo ?? '').split('/').pop()

// The directorate's no before anything is kept: HTTP status, code, words. Nothing if it takes the application.
export function refusal (application) {
  if (application.Kind === 'RENEWAL') {
    if (!/^\d{3}\/\d{4}\/\d\/\d{7}$/.test(application.ResidenceFileNo ?? '') || !(application.Years >= 1)) return MALFORMED
    if (serial(application).startsWith('000')) {
      return { status: 422, code: 'RES-201', ar: 'رقم ملف الإقامة غير معروف', en: 'The residence file is not known', target: 'ResidenceFileNo' }
    }
    return null
  }
  if (application.Kind === 'ADDRESS_CHANGE') {
    if (!/^\d{10}$/.test(application.MakaniNo ?? '') || !/^\d{4}-\d{2}-\d{2}$/.test(application.MoveDate ?? '')) return MALFORMED
    if (application.MakaniNo.startsWith('99999')) {
      return { status: 422, code: 'RES-203', ar: 'رقم مكاني غير معروف', en: 'The Makani number is not known', target: 'MakaniNo' }
    }
    return null
  }
  return MALFORMED
}

const MALFORMED = { status: 400, code: 'RES-500', ar: 'الطلب غير مكتمل', en: 'The application is malformed' }

// What a new application begins as. Renewals are looked at by an officer; a change of address is not.
export function begin (application) {
  if (application.Kind === 'ADDRESS_CHANGE') return decided('APPROVED', MOVED, { FeePaid: '0.00' })
  return { Status: 'PENDING', RemarksAr: 'قيد التدقيق لدى الموظف المختص', RemarksEn: 'An officer is looking at it', Collected: false }
}

// What the officer says to a renewal.
export function decide (application) {
  const number = serial(application)
  if (number.startsWith('999')) return decided('REFUSED', GRACE, { RefusalCode: 'RES-202' })
  if (number.startsWith('555') && !application.SponsorFileNo) {
    return decided('INFORMATION_REQUIRED', SPONSOR, { RequiredFields: 'SponsorFileNo' })
  }
  return decided('APPROVED', APPROVED, {
    PermitNo: `RP-${number}`,
    ValidFrom: day(Date.now()),
    ValidUntil: day(Date.now() + application.Years * 365 * DAY),
    FeePaid: (300 * application.Years).toFixed(2)
  })
}

function decided (status, words, more) {
  return { Status: status, RemarksAr: words.ar, RemarksEn: words.en, DecidedAt: new Date().toISOString(), Collected: false, ...more }
}

// Whether an application may be withdrawn now.
export function withdrawable (application) {
  return !(application.Status === 'APPROVED' && serial(application).startsWith('888'))
}
