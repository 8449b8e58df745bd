export { investigateIncident } from "./investigate-incident.ts";
export { writeLesson } from "./write-lesson.ts";
