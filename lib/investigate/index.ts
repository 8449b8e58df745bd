export { continueInquiry } from "./continue-inquiry.ts";
export { investigateIncident } from "./investigate-incident.ts";
export { correctLesson, forgetLesson, forgetOldLessons, getLesson, listLessons } from "./manage-lessons.ts";
export { noteSeer } from "./note-seer.ts";
export type { InquiryOutside } from "./take-turn.ts";
export { writeLesson } from "./write-lesson.ts";
